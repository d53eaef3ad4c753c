import { assert, assertEquals } from "@std/assert";

interface Graph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** What a module imports, as Deno sees it; types do not count. */
async function graphOf(name: string): Promise<Graph> {
  const url = new URL(
    `../../../backends/pure/providers/${name}`,
    import.meta.url,
  );
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", url.href],
  }).output();
  assert(success);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Everything that is loaded with the root, and what may be loaded later. */
async function reach(name: string): Promise<{
  loaded: Set<string>;
  later: Set<string>;
}> {
  const graph = await graphOf(name);
  const modules = new Map(graph.modules.map((one) => [one.specifier, one]));
  const loaded = new Set<string>();
  const later = new Set<string>();
  const queue = [...graph.roots];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (loaded.has(at)) {
      continue;
    }
    loaded.add(at);
    for (const dependency of modules.get(at)?.dependencies ?? []) {
      const target = dependency.code?.specifier;
      if (target === undefined) {
        continue;
      }
      if (dependency.isDynamic) {
        later.add(target);
      } else {
        queue.push(target);
      }
    }
  }
  return { loaded, later };
}

function short(specifiers: Iterable<string>): string[] {
  return [...specifiers].map((one) => one.split("/").slice(-2).join("/"))
    .sort();
}

Deno.test("the native provider loads nothing of the portable one", async () => {
  const { loaded, later } = await reach("native.ts");
  assertEquals(
    short(loaded).filter((one) => /npm:|noble|portable|node:/.test(one)),
    [],
  );
  // noble's ML-KEM is for platforms without one; the kernels on first use.
  assertEquals(short(later), [
    "hash/mod.ts",
    "kernels/mod.ts",
    "p256/mod.ts",
    "p384/mod.ts",
    "providers/_noble_kem.ts",
    "rsa/mod.ts",
  ]);
});

Deno.test("the portable provider names nothing of Deno or Node", async () => {
  const { loaded, later } = await reach("portable.ts");
  assertEquals(
    [...loaded, ...later].filter((one) =>
      one.startsWith("node:") || one.endsWith("native.ts") ||
      one.endsWith("_node_aead.ts")
    ),
    [],
  );
  assertEquals(short(later), [
    "hash/mod.ts",
    "kernels/mod.ts",
    "p256/mod.ts",
    "p384/mod.ts",
    "providers/_noble_aead.ts",
    "providers/_noble_dh.ts",
    "providers/_noble_hash.ts",
    "providers/_noble_kem.ts",
    "providers/_noble_sign.ts",
    "rsa/mod.ts",
  ]);
  assert(![...loaded].some((one) => one.includes("/kernels/")));
});

Deno.test("loadProvider() loads one provider and no other", async () => {
  const { loaded, later } = await reach("mod.ts");
  assertEquals(short(loaded), ["providers/mod.ts"]);
  assertEquals(short(later), ["providers/native.ts", "providers/portable.ts"]);
});

for (const provider of ["native", "portable"]) {
  Deno.test(`the ${provider} provider uses no WebAssembly with kernels "js"`, async () => {
    const script = `
      const used = [];
      for (const name of ["compile", "instantiate", "Module", "Instance", "validate"]) {
        WebAssembly[name] = new Proxy(WebAssembly[name], {
          apply: () => used.push(name),
          construct: () => { used.push(name); return {}; },
        });
      }
      const { loadProvider } = await import(${
      JSON.stringify(
        new URL("../../../backends/pure/providers/mod.ts", import.meta.url)
          .href,
      )
    });
      const p = await loadProvider({ provider: "${provider}", kernels: "js" });
      for (const group of p.groups) {
        const share = await p.generateKeyShare(group);
        await share.derive((await p.respondKeyShare(group, share.publicKey)).publicKey);
      }
      for (const name of [...p.aeads, ...(p.aeadsOnRequest ?? [])]) {
        const key = new Uint8Array(name === "AES-128-GCM" ? 16 : 32);
        p.createAead(name, key, new Uint8Array(12))
          .seal(new Uint8Array(99), key, 23, 0, key.subarray(0, 5), 0, 0);
      }
      p.hmac("sha256", new Uint8Array(9), new Uint8Array(9));
      p.createHmac("sha384", new Uint8Array(9)).compute(p.digest("sha512", new Uint8Array(9)));
      p.createHash("sha384").snapshot();
      const pair = await crypto.subtle.generateKey(
        { name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"],
      );
      const key = await p.importSigningKey(
        new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey)),
      );
      const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
      const algorithm = { kind: "ecdsa", curve: "P-256", hash: "sha256" };
      const signature = await key.sign(algorithm, spki);
      console.log(await p.verify(algorithm, spki, spki, signature));
      console.log("used: " + used.join());
    `;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", script],
    }).output();
    assertEquals(
      new TextDecoder().decode(stdout),
      "true\nused: \n",
      new TextDecoder().decode(stderr),
    );
  });
}
