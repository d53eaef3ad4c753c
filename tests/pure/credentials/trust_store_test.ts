import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Buffer } from "node:buffer";
import tls from "node:tls";
import { ConfigurationError } from "../../../api/errors.ts";
import {
  certificate,
  certificateError,
  certificateHandle,
  engineCertificate,
  trustAnchors,
  trustStore,
} from "../../../backends/pure/credentials/mod.ts";
import { Certificate } from "../../../backends/pure/engine/x509/certificate.ts";
import { certificatesOfPem } from "../../../backends/pure/engine/x509/pem.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../../../backends/pure/engine/x509/trust_anchor.ts";
import { fromFileUrl, join } from "../../deps/path.ts";
import { build, NOW, plain } from "../engine/x509/chain_plan.ts";
import { failure } from "../engine/x509/drive.ts";
import { ext, pem, text } from "../engine/x509/mint.ts";

const [ROOT] = tls.getCACertificates("bundled");

for (const name of ["system", "bundled"] as const) {
  const roots = tls.getCACertificates(name);
  const ignore = roots.length === 0;
  Deno.test({
    name: `trustStore.${name}() has all ${name} roots, and is shared` +
      (ignore ? " (ignored: there are none)" : ""),
    ignore,
    fn() {
      const store = trustStore[name]();
      assertEquals(store.description, name);
      assertEquals(trustAnchors(store).size, roots.length);
      assertStrictEquals(trustStore[name](), store);
      for (const root of roots) {
        assert(
          trustAnchors(store).given(
            new Certificate(certificatesOfPem(root)[0]!),
          ) !== null,
        );
      }
    },
  });
}

Deno.test("trustStore.platform() adds to the bundled roots", async () => {
  const { anchors: [own] } = await build("own", plain("P-256", 0));
  const bundled = trustAnchors(trustStore.bundled()).size;
  assertEquals(trustAnchors(trustStore.platform()).size, bundled);
  const more = trustStore.platform({ additional: [own!, pem(own!)] });
  assertEquals(more.description, "platform and 2 more");
  assertEquals(trustAnchors(more).size, bundled + 2);
  // The shared store is as it was.
  assertEquals(trustAnchors(trustStore.bundled()).size, bundled);
});

Deno.test("trustStore.fromPemFile() reads a bundle", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, `A comment\n${ROOT}\n${ROOT}`);
    for (
      const store of [
        await trustStore.fromPemFile(path),
        trustStore.fromPemFileSync(path),
      ]
    ) {
      assertEquals(store.description, path);
      assertEquals(trustAnchors(store).size, 2);
    }
  } finally {
    await Deno.remove(path);
  }
  const missing = join(path, "missing");
  await assertRejects(
    () => trustStore.fromPemFile(missing),
    ConfigurationError,
    missing,
  );
});

Deno.test("trustStore.fromBuffer() takes PEM and DER, and nothing else", () => {
  const der = certificatesOfPem(ROOT!)[0]!;
  assertEquals(trustAnchors(trustStore.fromBuffer(der)).size, 1);
  assertEquals(trustStore.fromBuffer(ROOT!).description, "1 certificate");
  assertEquals(
    trustStore.fromBuffer(new TextEncoder().encode(ROOT! + ROOT!)).description,
    "2 certificates",
  );
  const broken = der.slice();
  broken[broken.length >> 1]! ^= 0xff;
  broken[1] = 0x80;
  for (
    const bad of [
      "",
      "text",
      new Uint8Array(0),
      broken,
      ROOT!.slice(0, 300),
      ROOT!.replace("CERTIFICATE", "CERTIFICAT").replace(
        "END CERTIFICATE",
        "END CERTIFICAT",
      ),
    ]
  ) {
    const error = assertThrows(
      () => trustStore.fromBuffer(bad),
      ConfigurationError,
    );
    assertEquals(error.field, "trustStore");
  }
  assertThrows(
    () => trustAnchors({ description: "made up" }),
    ConfigurationError,
    "not made by this backend's",
  );
});

Deno.test("certificate.fromBuffer() takes exactly one, and copies", async () => {
  const { leaf } = await build("own", plain("P-256", 0));
  const mine = leaf.slice();
  const handle = certificate.fromBuffer(mine);
  mine.fill(0);
  assertEquals(handle.der, leaf);
  handle.der!.fill(0);
  assertEquals(handle.der, leaf);
  assertEquals(certificate.fromBuffer(pem(leaf)).der, leaf);
  assertStrictEquals(certificateHandle(engineCertificate(handle)), handle);
  for (const bad of [pem(leaf) + pem(leaf), "", mine]) {
    assertThrows(() => certificate.fromBuffer(bad), ConfigurationError);
  }
  assertThrows(
    () => engineCertificate({ der: leaf }),
    ConfigurationError,
    "not made by this backend's",
  );
});

Deno.test("certificate.fromBuffer() copies a Buffer, whose slice() is a view", async () => {
  const { leaf } = await build("own", plain("P-256", 0));
  const mine = Buffer.from(leaf);
  const handle = certificate.fromBuffer(mine);
  mine.fill(0);
  assertEquals(handle.der, leaf);
});

Deno.test("certificate.fromBuffer() reads DER as DER when a name in it holds PEM", async () => {
  const { leaf: other } = await build("other", plain("P-256", 0));
  const plan = plain("P-256", 0);
  plan.leaf.extensions.set(
    "comment",
    ext.raw("1.2.3.4", text(`\n${pem(other)}`), false),
  );
  const { leaf } = await build("holds PEM", plan);
  assertEquals(certificate.fromBuffer(leaf).der, leaf);
});

Deno.test("certificate.fromFile() reads PEM and DER", async () => {
  const { leaf } = await build("own", plain("P-256", 0));
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, leaf);
    assertEquals((await certificate.fromFile(path)).der, leaf);
    await Deno.writeTextFile(path, pem(leaf));
    assertEquals(certificate.fromFileSync(path).der, leaf);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("certificateError() says what the engine found in the contract's words", async () => {
  const chain = await build("late", plain("P-256", 1));
  const leaf = new Certificate(chain.leaf);
  const options = {
    leaf,
    intermediates: chain.intermediates.map((der) => new Certificate(der)),
    anchors: new TrustAnchors(
      chain.anchors.map((der) => anchorOfCertificate(new Certificate(der))),
    ),
    purpose: "server",
    serverName: null,
    at: NOW,
  } as const;
  const late = certificateError(failure({ ...options, at: NOW * 2 })!);
  assertEquals(late.code, "certificate");
  assertEquals(late.reason, "expired");
  assertEquals(late.certificates[0]!.der, chain.leaf);
  const plan = plain("P-256", 1);
  plan.purpose = "client";
  plan.leaf.extensions.delete("eku");
  const { ext } = await import("../engine/x509/mint.ts");
  plan.leaf.extensions.set("eku", ext.extKeyUsage(["1.3.6.1.5.5.7.3.3"]));
  const other = await build("other", plan);
  assertEquals(
    certificateError(
      failure({ ...options, leaf: new Certificate(other.leaf) })!,
    ).reason,
    "wrong-purpose",
  );
});

/** Runs a line of TypeScript without permissions but `flags`. */
async function withFlags(
  line: string,
  flags: readonly string[],
): Promise<string> {
  const entry = new URL(
    "../../../backends/pure/credentials/mod.ts",
    import.meta.url,
  );
  const directory = await Deno.makeTempDir();
  try {
    const file = join(directory, "main.ts");
    await Deno.writeTextFile(
      file,
      `import * as c from "${entry}";
       try { ${line}; console.log("none"); }
       catch (error) { console.log(error.field, error.message); }`,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-check", ...flags, file],
      cwd: fromFileUrl(new URL("../../..", import.meta.url)),
      env: { NO_COLOR: "1" },
      stdin: "null",
      stderr: "inherit",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("trustStore and files name the flag when a permission is missing", async () => {
  for (
    const [line, flag, enough] of [
      ["c.trustStore.system()", "--allow-sys", "--allow-sys"],
      ["c.trustStore.bundled()", "--allow-sys", "--allow-sys"],
      ["c.trustStore.platform()", "--allow-sys", "--allow-sys"],
      ['c.certificate.fromFileSync("/x.pem")', "--allow-read=/x.pem", null],
      ['await c.privateKey.fromFile("/x.pem")', "--allow-read=/x.pem", null],
      ['await c.trustStore.fromPemFile("/x.pem")', "--allow-read=/x.pem", null],
    ] as const
  ) {
    const said = await withFlags(line, []);
    assert(said.startsWith("permissions Cannot read"), said);
    assert(said.includes(`${flag} is needed`), said);
    if (enough !== null) assertEquals(await withFlags(line, [enough]), "none");
  }
});
