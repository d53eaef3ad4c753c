import { assertEquals, assertThrows } from "@std/assert";
import { ConfigurationError } from "../../../api/errors.ts";
import { privateKey } from "../../../backends/pure/credentials/mod.ts";
import { der, oid } from "../engine/x509/mint.ts";

/** DER of a non-negative INTEGER. */
function integer(value: number): Uint8Array {
  const bytes: number[] = [];
  do bytes.unshift(value % 256); while ((value = Math.floor(value / 256)) > 0);
  return der(0x02, Uint8Array.from(bytes[0]! > 127 ? [0, ...bytes] : bytes));
}

/** An EncryptedPrivateKeyInfo of garbage whose key derivation is `kdf`. */
function encrypted(kdf: Uint8Array): Uint8Array {
  const cipher = der(
    0x30,
    oid("2.16.840.1.101.3.4.1.42"),
    der(0x04, new Uint8Array(16)),
  );
  return der(
    0x30,
    der(0x30, oid("1.2.840.113549.1.5.13"), der(0x30, kdf, cipher)),
    der(0x04, new Uint8Array(64)),
  );
}

function scrypt(...numbers: number[]): Uint8Array {
  return der(
    0x30,
    oid("1.3.6.1.4.1.11591.4.11"),
    der(0x30, der(0x04, new Uint8Array(8)), ...numbers.map(integer)),
  );
}

function pbkdf2(iterations: number): Uint8Array {
  return der(
    0x30,
    oid("1.2.840.113549.1.5.12"),
    der(0x30, der(0x04, new Uint8Array(8)), integer(iterations)),
  );
}

/** How a key is refused whose derivation is `kdf`. */
function refusal(kdf: Uint8Array): string {
  const error = assertThrows(
    () => privateKey.fromBuffer(encrypted(kdf), { password: "x" }),
    ConfigurationError,
  );
  assertEquals(error.field, "password");
  return error.message;
}

Deno.test("privateKey.fromBuffer() refuses a key derivation that takes too long, before it starts", () => {
  for (
    const numbers of [
      // Little memory, and hours of work.
      [2 ** 15, 1, 2 ** 20],
      [1024, 8, 1025],
      [2 ** 14, 2, 257],
      // Too much memory.
      [2 ** 18, 16, 1],
      [2 ** 30, 2 ** 30, 1],
      // RFC 7914, section 2: N is below 2^(16 r), a power of 2 and above 1.
      [2 ** 16, 1, 1],
      [1, 8, 1],
      [3, 8, 1],
      [0, 8, 1],
      [1024, 0, 1],
      [1024, 8, 0],
    ]
  ) {
    assertEquals(
      refusal(scrypt(...numbers)),
      `Cannot read the private key: its scrypt parameters (${
        numbers.join(", ")
      }) are out of range`,
    );
  }
  for (const iterations of [0, 10_000_001, 2 ** 31 - 1]) {
    assertEquals(
      refusal(pbkdf2(iterations)),
      `Cannot read the private key: its key derivation iterates ${iterations} times, not 1 to 10000000`,
    );
  }
});

Deno.test("privateKey.fromBuffer() tries a key derivation that is within the limits", () => {
  for (const kdf of [scrypt(2 ** 10, 8, 4), scrypt(2 ** 15, 1, 1), pbkdf2(1)]) {
    assertEquals(
      refusal(kdf),
      "Cannot read the private key: the password is wrong, or the file is damaged",
    );
  }
});
