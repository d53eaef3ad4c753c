// The other end by node:tls, run by Node itself. Options come as JSON in the
// first argument; what is read from standard input is sent, what is received is
// written to standard output.
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:tls";

const options = JSON.parse(process.argv[2]);
const common = {
  minVersion: "TLSv1.3",
  ca: readFileSync(options.authority),
  ...(options.certificate
    ? {
      cert: readFileSync(options.certificate),
      key: readFileSync(options.key),
    }
    : {}),
  ...(options.suite ? { ciphers: options.suite } : {}),
  ...(options.groups ? { ecdhCurve: options.groups } : {}),
  ...(options.protocol ? { ALPNProtocols: [options.protocol] } : {}),
};

function pipe(socket) {
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);
}

if (options.port === undefined) {
  const server = createServer({
    ...common,
    requestCert: options.askClient,
    rejectUnauthorized: options.askClient,
  }, pipe);
  server.listen(0, "127.0.0.1", () => {
    process.stderr.write(`listening ${server.address().port}\n`);
  });
} else {
  pipe(connect({
    ...common,
    host: "127.0.0.1",
    port: options.port,
    servername: options.serverName,
  }));
}
