import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { ConfigurationError, TLSError } from "../../mod.ts";
import { denoBackend } from "../../backends/deno/mod.ts";
import { keyDer, keyPem, leafDer, leafPem } from "./_credentials.ts";

const { certificate, privateKey, trustStore } = denoBackend;
const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("certificate.fromBuffer() reads PEM text, PEM bytes and DER", () => {
  for (const buffer of [leafPem, bytes(leafPem), leafDer]) {
    assertEquals(certificate.fromBuffer(buffer).der, leafDer);
  }
});

Deno.test("certificate.fromBuffer() gives copies and keeps its own", () => {
  const mine = leafDer.slice();
  const handle = certificate.fromBuffer(mine);
  mine.fill(0);
  handle.der!.fill(0);
  assertEquals(handle.der, leafDer);
});

Deno.test("certificate.fromBuffer() refuses what is not one certificate", () => {
  const cut = leafPem.slice(0, leafPem.length - 40);
  for (
    const buffer of [
      "",
      "no PEM",
      keyPem,
      leafPem + leafPem,
      cut,
      leafPem + cut,
      leafPem.replace(/\n[A-Za-z0-9]/, "\n!"),
      new Uint8Array(),
      new Uint8Array([0x30]),
      new Uint8Array([0x30, 0x80, 0, 0]),
      leafDer.subarray(0, leafDer.length - 1),
      new Uint8Array([...leafDer, 0]),
    ]
  ) {
    assertThrows(() => certificate.fromBuffer(buffer), ConfigurationError);
  }
});

Deno.test("certificate.fromBuffer() stays total at every truncation", () => {
  for (let length = 0; length < leafDer.length; length++) {
    assertThrows(
      () => certificate.fromBuffer(leafDer.subarray(0, length)),
      ConfigurationError,
    );
  }
});

Deno.test("privateKey.fromBuffer() reads PKCS#8, PKCS#1 and SEC1, PEM and DER", () => {
  const { privateKey: rsa } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
  });
  const ec = createPrivateKey(keyPem);
  for (
    const [buffer, algorithm] of [
      [keyPem, "EC"],
      [bytes(keyPem), "EC"],
      [keyDer, "EC"],
      [rsa.export({ type: "pkcs8", format: "pem" }), "RSA"],
      [rsa.export({ type: "pkcs1", format: "pem" }), "RSA"],
      [rsa.export({ type: "pkcs1", format: "der" }), "RSA"],
      [ec.export({ type: "sec1", format: "pem" }), "EC"],
      [ec.export({ type: "sec1", format: "der" }), "EC"],
    ] as [string | Uint8Array, string][]
  ) {
    assertEquals(
      privateKey.fromBuffer(
        typeof buffer === "string" ? buffer : new Uint8Array(buffer),
      ).algorithm,
      algorithm,
    );
  }
});

Deno.test("privateKey.fromBuffer() refuses an encrypted key and says how to go on", () => {
  const text = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${
    btoa("0".repeat(60))
  }\n-----END ENCRYPTED PRIVATE KEY-----\n`;
  const legacy = keyPem.replace(
    "\n",
    "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n",
  );
  // EncryptedPrivateKeyInfo: SEQUENCE { SEQUENCE {}, OCTET STRING "" }.
  const der = new Uint8Array([0x30, 4, 0x30, 0, 0x04, 0]);
  for (const buffer of [text, legacy, der]) {
    const error = assertThrows(
      () => privateKey.fromBuffer(buffer, { password: "secret" }),
      ConfigurationError,
      "encrypted",
    );
    assertEquals(error.field, "password");
    assert(!error.message.includes("secret"));
  }
});

Deno.test("privateKey.fromBuffer() refuses what is no key", () => {
  for (
    const buffer of [
      "",
      leafPem,
      leafDer,
      keyPem + keyPem,
      keyDer.subarray(1),
      keyDer.subarray(0, keyDer.length - 1),
      new Uint8Array([0x30, 0]),
      new Uint8Array([0x30, 3, 0x02, 1, 0]),
    ]
  ) assertThrows(() => privateKey.fromBuffer(buffer), ConfigurationError);
});

Deno.test("privateKey.fromBuffer() shows nothing of the key", () => {
  const handle = privateKey.fromBuffer(keyPem);
  assertEquals(Object.keys(handle), ["algorithm"]);
  const secret = keyPem.split("\n")[1]!;
  assert(!Deno.inspect(handle, { showHidden: true }).includes(secret));
});

Deno.test("fromFile() and fromFileSync() read files", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const [leaf, key] = [`${directory}/leaf.pem`, `${directory}/key.pem`];
    await Deno.writeTextFile(leaf, leafPem);
    await Deno.writeTextFile(key, keyPem);
    assertEquals((await certificate.fromFile(leaf)).der, leafDer);
    assertEquals(certificate.fromFileSync(leaf).der, leafDer);
    assertEquals((await privateKey.fromFile(key)).algorithm, "EC");
    assertEquals(privateKey.fromFileSync(key).algorithm, "EC");
    await assertRejects(
      () => certificate.fromFile(`${directory}/none.pem`),
      TLSError,
      "none.pem",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test({
  name: "fromFile() names the flag when the permission is missing",
  permissions: { read: false },
  async fn() {
    const error = await assertRejects(
      () => certificate.fromFile("leaf.pem"),
      ConfigurationError,
      "--allow-read",
    );
    assertEquals(error.field, "permissions");
  },
});

Deno.test({
  name: "connect() names the flag when the permission is missing",
  permissions: { net: false },
  async fn() {
    const client = new denoBackend.clientContext!({});
    const error = await assertRejects(
      () => client.connect({ hostname: "127.0.0.1", port: 1 }),
      ConfigurationError,
      "--allow-net",
    );
    assertEquals(error.field, "permissions");
  },
});

Deno.test("trustStore.platform() takes bundles, PEM and DER", () => {
  assertEquals(trustStore.platform().description, "platform");
  assertEquals(
    trustStore.platform({ additional: [leafPem + leafPem, leafDer] })
      .description,
    "platform and 3 more",
  );
  assertThrows(
    () => trustStore.platform({ additional: ["garbage"] }),
    ConfigurationError,
  );
  assertThrows(
    () => trustStore.platform({ additional: [keyPem] }),
    ConfigurationError,
  );
});
