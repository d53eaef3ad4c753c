/**
 * Key exchange by provider: the initiator's share, the responder's side, and
 * the initiator's secret.
 *
 * @module
 */
import type { CryptoProvider } from "../backends/pure/engine/crypto/provider.ts";
import { NamedGroup } from "../backends/pure/engine/iana.ts";
import { KeyExchange } from "../backends/pure/providers/_exchange.ts";
import { nobleDh } from "../backends/pure/providers/_noble_dh.ts";
import { nobleKem } from "../backends/pure/providers/_noble_kem.ts";
import { loadProvider } from "../backends/pure/providers/mod.ts";
import type { Variant } from "./report/figure.ts";

type Exchange = Pick<CryptoProvider, "generateKeyShare" | "respondKeyShare">;

/** Groups of variants; the providers, native first, are compared with noble. */
export async function groupVariants(): Promise<[string, Variant[]][]> {
  const noble = new KeyExchange(nobleDh, () => nobleKem);
  const exchanges: [string, Exchange][] = [
    ["native", await loadProvider({ provider: "native" })],
    ["portable", await loadProvider({ provider: "portable" })],
    ["noble", {
      generateKeyShare: (group) => noble.generate(group),
      respondKeyShare: (group, peer) => noble.respond(group, peer),
    }],
  ];
  const all: [string, Variant[]][] = [];
  for (const [name, group] of Object.entries(NamedGroup)) {
    const ready = await Promise.all(
      exchanges.map(async ([provider, exchange]) => {
        const share = await exchange.generateKeyShare(group);
        const { publicKey } = await exchange.respondKeyShare(
          group,
          share.publicKey,
        );
        return { provider, exchange, share, publicKey };
      }),
    );
    const works: [string, (one: typeof ready[number]) => unknown][] = [
      ["key share", ({ exchange }) => exchange.generateKeyShare(group)],
      [
        "respond",
        ({ exchange, share }) =>
          exchange.respondKeyShare(group, share.publicKey),
      ],
      ["derive", ({ share, publicKey }) => share.derive(publicKey)],
    ];
    for (const [title, work] of works) {
      const reference = `${name} ${title}, noble`;
      all.push([
        `${name} ${title}`,
        ready.map((one) => ({
          name: `${name} ${title}, ${one.provider}`,
          ...(one.provider === "noble" ? {} : { ratioTo: reference }),
          run: () => work(one),
        })),
      ]);
    }
  }
  return all;
}
