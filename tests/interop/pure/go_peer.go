// The other end by Go's crypto/tls. Options come as JSON in the first argument;
// what is read from standard input is sent, what is received is written to
// standard output.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
)

type options struct {
	Port        *int
	Authority   string
	Certificate string
	Key         string
	Groups      []tls.CurveID
	Protocol    string
	AskClient   bool
	ServerName  string
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	var o options
	must(json.Unmarshal([]byte(os.Args[1]), &o))
	pem, err := os.ReadFile(o.Authority)
	must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	config := &tls.Config{
		MinVersion:       tls.VersionTLS13,
		RootCAs:          pool,
		ClientCAs:        pool,
		ServerName:       o.ServerName,
		CurvePreferences: o.Groups,
	}
	if o.Protocol != "" {
		config.NextProtos = []string{o.Protocol}
	}
	if o.AskClient {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if o.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(o.Certificate, o.Key)
		must(err)
		config.Certificates = []tls.Certificate{pair}
	}
	var conn *tls.Conn
	if o.Port == nil {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(err)
		fmt.Fprintf(os.Stderr, "listening %d\n", listener.Addr().(*net.TCPAddr).Port)
		raw, err := listener.Accept()
		must(err)
		conn = tls.Server(raw, config)
	} else {
		raw, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", *o.Port))
		must(err)
		conn = tls.Client(raw, config)
	}
	must(conn.Handshake())
	go func() {
		io.Copy(conn, os.Stdin)
		conn.CloseWrite()
	}()
	_, err = io.Copy(os.Stdout, conn)
	must(err)
}
