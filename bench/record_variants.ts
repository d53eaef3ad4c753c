/**
 * The record layer end to end, beside the bare kernel and node:crypto.
 *
 * @module
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { AEAD_KEY_LENGTH } from "../backends/pure/engine/crypto/aead.ts";
import type {
  Aead,
  AeadName,
} from "../backends/pure/engine/crypto/provider.ts";
import { ContentType } from "../backends/pure/engine/iana.ts";
import { RECORD_ROOM } from "../backends/pure/engine/record/limits.ts";
import {
  Opener13,
  Sealer13,
} from "../backends/pure/engine/record/protect13.ts";
import { RecordReceiver } from "../backends/pure/engine/record/receive.ts";
import { RecordSender } from "../backends/pure/engine/record/send.ts";
import { createKernelAead } from "../backends/pure/kernels/mod.ts";
import type { Variant } from "./report/figure.ts";

function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 31 + seed);
}

function aead(name: AeadName, seed = 1): Aead {
  return createKernelAead(
    name,
    bytes(AEAD_KEY_LENGTH[name], seed),
    bytes(12, seed),
  );
}

/** Opens every record as if it were the first, so that one can be opened again. */
function firstOnly(inner: Aead): Aead {
  return {
    name: inner.name,
    seal: (...args) => inner.seal(...args),
    open: (output, input, aad) => inner.open(output, input, aad, 0, 0),
    destroy: () => inner.destroy(),
  };
}

/** Sealing and opening records of `size` bytes of content, in TLS 1.3. */
export function recordVariants(name: AeadName, size: number): Variant[] {
  const content = bytes(size, 7);
  const output = new Uint8Array(size + 64);
  const room = new Uint8Array(RECORD_ROOM);
  const length = size + 1 + 16;
  const aad = Uint8Array.of(23, 3, 3, length >> 8, length & 255);
  const kernel = aead(name);
  let sequence = 0;

  const sender = new RecordSender();
  // From the start of the sequence again and again: GCM's limit is near.
  const endless = aead(name);
  sender.install(new Sealer13(endless));
  let left = sender.remaining;

  const sample = new Uint8Array(5 + length);
  new Sealer13(aead(name)).seal(
    sample,
    0,
    ContentType.application_data,
    content,
    0,
  );
  const receiver = new RecordReceiver();
  receiver.install(new Opener13(firstOnly(aead(name))));
  const sealed = sample.subarray(5);

  const key = bytes(AEAD_KEY_LENGTH[name], 1);
  const nonce = bytes(12, 1);
  const title = (way: string) => `${name} ${size} B, ${way}`;
  const nodeName = name.toLowerCase() as "chacha20-poly1305";
  const [layerSeal, layerOpen] = [
    title("record layer, seal"),
    title("record layer, open"),
  ];
  const [nodeSeal, nodeOpen] = [
    title("node:crypto with a header and a nonce, seal"),
    title("node:crypto with a header and a nonce, open"),
  ];
  return [
    {
      name: title("bare kernel, seal"),
      ratioTo: layerSeal,
      run: () => kernel.seal(output, content, 23, 0, aad, 0, sequence++),
    },
    {
      name: layerSeal,
      ratioTo: nodeSeal,
      run: () => {
        if (left-- === 0) throw new Error("Cannot bench: the key is used up");
        sender.write(ContentType.application_data, content);
        sender.queue.consume(sender.queue.length);
      },
    },
    {
      name: nodeSeal,
      run: () => {
        const cipher = createCipheriv(nodeName, key, nonce, {
          authTagLength: 16,
        });
        cipher.setAAD(aad, { plaintextLength: size + 1 });
        output.set(aad);
        output.set(cipher.update(content), 5);
        output.set(cipher.update(Uint8Array.of(23)), 5 + size);
        cipher.final();
        output.set(cipher.getAuthTag(), 6 + size);
      },
    },
    {
      name: title("bare kernel, open"),
      ratioTo: layerOpen,
      run: () => kernel.open(room, sealed, aad, 0, 0),
    },
    {
      name: layerOpen,
      ratioTo: nodeOpen,
      run: () => {
        receiver.feed(sample);
        if (receiver.next(room) === null || receiver.length !== size) {
          throw new Error("Cannot bench: the record did not open");
        }
      },
    },
    {
      name: nodeOpen,
      run: () => {
        const decipher = createDecipheriv(nodeName, key, nonce, {
          authTagLength: 16,
        });
        decipher.setAAD(aad, { plaintextLength: size + 1 });
        decipher.setAuthTag(sealed.subarray(size + 1));
        room.set(decipher.update(sealed.subarray(0, size + 1)));
        decipher.final();
      },
    },
  ];
}

/** Sealing 1 KiB under one key, two and 1,000 in turn. */
export function alternatingVariants(name: AeadName): Variant[] {
  const content = bytes(1024, 7);
  const output = new Uint8Array(2048);
  const aad = bytes(5, 1);
  const title = (count: number) =>
    `${name} 1024 B, ${count} keys in turn, seal`;
  return [1, 2, 1000].map((count) => {
    const keys = Array.from({ length: count }, (_, i) => aead(name, i));
    let turn = 0;
    let sequence = 0;
    return {
      name: title(count),
      ...(count === 1 ? {} : { ratioTo: title(1) }),
      run: () => {
        turn = turn + 1 === count ? 0 : turn + 1;
        return keys[turn]!.seal(output, content, 23, 0, aad, 0, sequence++);
      },
    };
  });
}

/** Setting up a key, and the first record under it, as node:crypto has it too. */
export function setUpVariants(name: AeadName): Variant[] {
  const key = bytes(AEAD_KEY_LENGTH[name], 1);
  const iv = bytes(12, 1);
  const content = bytes(64, 7);
  const output = new Uint8Array(128);
  const aad = bytes(5, 1);
  const node = `${name} key set-up and 64 B, node:crypto`;
  return [
    {
      name: node,
      run: () => {
        const cipher = createCipheriv(
          name.toLowerCase() as "chacha20-poly1305",
          key,
          iv,
          { authTagLength: 16 },
        );
        cipher.setAAD(aad, { plaintextLength: 64 });
        cipher.update(content);
        cipher.final();
        cipher.getAuthTag();
      },
    },
    {
      name: `${name} key set-up and 64 B, kernel`,
      ratioTo: node,
      run: () => {
        const fresh = createKernelAead(name, key, iv);
        fresh.seal(output, content, 23, 0, aad, 0, 0);
        fresh.destroy();
      },
    },
  ];
}
