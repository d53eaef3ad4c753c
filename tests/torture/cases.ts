/**
 * The tortures: each makes a handshake, does one thing to it and holds what
 * becomes of both ends against the table.
 *
 * @module
 */
import type { AnyState } from "../../backends/pure/engine/connection_types.ts";
import type { CryptoProvider } from "../../backends/pure/engine/crypto/provider.ts";
import { ContentType } from "../../backends/pure/engine/iana.ts";
import { decodeHandshake } from "../../backends/pure/engine/messages/handshake.ts";
import { Forger } from "../pure/engine/forge.ts";
import { type End, join } from "../pure/engine/pair.ts";
import {
  type Expectation,
  expectDoubled,
  expectDropped,
  expectForged,
  expectInserted,
  expectSwapped,
  FLIPPED,
  type MessageName,
  MESSAGES,
  type Region,
  type RoleName,
} from "./expected.ts";
import type { Random } from "./random.ts";
import {
  carry,
  destroy,
  end,
  hasAllData,
  type Hooks,
  makeWorld,
  type Outcomes,
  outcomesOf,
  type Scenario,
  SENT,
  type Tamper,
  type World,
} from "./world.ts";

/** What the tortures need. */
export interface Chamber {
  readonly provider: CryptoProvider;
  readonly random: Random;
  /** A well-formed message of each kind. */
  readonly foreign: ReadonlyMap<MessageName, Uint8Array>;
  /** How many cases of each category there were. */
  readonly counts: Map<string, number>;
}

/** A case that did not come to what the table says. */
export class Surprise extends Error {
  override readonly name = "Surprise";
}

/** The ends of the alphabet of outcomes that are no failure of this library. */
const FAMILY = /^(connected|waiting|truncated|(sent|received) [a-z_]+)$/;

function count({ counts }: Chamber, category: string): void {
  counts.set(category, (counts.get(category) ?? 0) + 1);
}

function other(role: RoleName): RoleName {
  return role === "client" ? "server" : "client";
}

/** Holds the outcomes against the expectation, then lets the transports end. */
function judge(
  chamber: Chamber,
  world: World,
  one: {
    readonly category: string;
    readonly victim: RoleName;
    readonly expected: Expectation;
  },
): void {
  const { category, victim, expected } = one;
  const before = outcomesOf(world);
  const after = end(world);
  const wrong = before[victim] !== expected.victim ||
    (expected.other !== undefined &&
      before[other(victim)] !== expected.other);
  if (wrong) throw surprise(category, before, JSON.stringify(expected));
  checkEnd(category, before, after);
  count(chamber, category);
  destroy(world);
}

function surprise(category: string, found: Outcomes, wanted: string): Surprise {
  return new Surprise(
    `${category}: ${JSON.stringify(found)}, but expected ${wanted}`,
  );
}

/** Whoever waited, or was connected, is truncated now; a failure stands. */
function checkEnd(category: string, before: Outcomes, after: Outcomes): void {
  for (const role of ["client", "server"] as const) {
    const was = before[role];
    const is = after[role];
    const still = was === "waiting" || was === "connected"
      ? is === "truncated"
      : is === was;
    if (!still || !FAMILY.test(was) || was === "sent internal_error") {
      throw new Surprise(`${category}: the ${role} was ${was} and is ${is}`);
    }
  }
}

/** Rewrites the n-th message that the other end of the victim sends. */
function tampering(
  victim: RoleName,
  edit: (message: Uint8Array, nth: number) => Uint8Array,
): Hooks {
  let nth = 0;
  return { [other(victim)]: { rewrite: (m: Uint8Array) => edit(m, nth++) } };
}

const EMPTY = new Uint8Array(0);

/** A handshake under the right keys in which the other end misbehaves. */
async function misbehave(
  chamber: Chamber,
  scenario: Scenario,
  victim: RoleName,
  options: {
    readonly category: string;
    readonly expected: Expectation;
    edit(message: Uint8Array, nth: number): Uint8Array;
  },
): Promise<void> {
  const { provider, random } = chamber;
  const hooks = tampering(victim, options.edit);
  const world = makeWorld(scenario, provider, random, hooks);
  await carry(world, provider);
  judge(chamber, world, { ...options, victim });
}

/** Every message dropped, doubled, swapped, and every other one before it. */
export async function tortureMessages(
  chamber: Chamber,
  scenario: Scenario,
  victim: RoleName,
): Promise<void> {
  const sent = SENT[scenario][victim];
  for (const [index, [due, state]] of sent.entries()) {
    await misbehave(chamber, scenario, victim, {
      category: `dropped ${due} @ ${victim} ${state}`,
      expected: expectDropped(due),
      edit: (m, nth) => nth === index ? EMPTY : m,
    });
    await misbehave(chamber, scenario, victim, {
      category: `doubled ${due} @ ${victim} ${state}`,
      expected: expectDoubled(
        due,
        scenario === "retried" && state === "waitClientHello",
      ),
      edit: (m, nth) => nth === index ? join([m, m]) : m,
    });
    for (const message of MESSAGES) {
      // Of the same kind it is what "doubled" does with values that fit.
      if (message === due) {
        count(chamber, `inserted ${message} @ ${victim} ${state} keyed`);
        continue;
      }
      await misbehave(chamber, scenario, victim, {
        category: `inserted ${message} @ ${victim} ${state} keyed`,
        expected: expectInserted(victim, state, message),
        edit: (m, nth) =>
          nth === index ? join([chamber.foreign.get(message)!, m]) : m,
      });
    }
    const next = sent[index + 1];
    if (next !== undefined && sameFlight(due)) {
      await misbehave(chamber, scenario, victim, {
        category: `swapped ${due} and ${next[0]} @ ${victim} ${state}`,
        expected: expectSwapped,
        edit: swapping(index),
      });
    }
  }
}

/** Whether the next message goes out with this one. */
function sameFlight(message: MessageName): boolean {
  return message !== "clientHello" && message !== "helloRetryRequest";
}

function swapping(
  index: number,
): (message: Uint8Array, nth: number) => Uint8Array {
  let held: Uint8Array = EMPTY;
  return (message, nth) => {
    if (nth === index) {
      held = message;
      return EMPTY;
    }
    return nth === index + 1 ? join([message, held]) : message;
  };
}

/** Every message in the clear before each that is due. */
export async function tortureForged(
  chamber: Chamber,
  scenario: Scenario,
  victim: RoleName,
): Promise<void> {
  for (const [index, [, state]] of SENT[scenario][victim].entries()) {
    for (const message of MESSAGES) {
      await forgeOne(chamber, scenario, victim, { state, index, message });
    }
  }
}

async function forgeOne(
  chamber: Chamber,
  scenario: Scenario,
  victim: RoleName,
  at: {
    readonly state: string;
    readonly index: number;
    readonly message: MessageName;
  },
): Promise<void> {
  const { provider, random, foreign } = chamber;
  const { state, index, message } = at;
  const forged = clearRecord(foreign.get(message)!);
  // Each message of the other end is a record of its own.
  const hooks = { [other(victim)]: { separate: true } };
  const world = makeWorld(scenario, provider, random, hooks);
  let seen = 0;
  const tamper: Tamper = (from, _nth, bytes) => {
    if (from === victim) return [bytes];
    return recordsOf(bytes).flatMap((record) => {
      const isMessage = record[0] !== ContentType.change_cipher_spec;
      return isMessage && seen++ === index ? [forged, record] : [record];
    });
  };
  await carry(world, provider, { tamper });
  judge(chamber, world, {
    category: `inserted ${message} @ ${victim} ${state} in the clear`,
    victim,
    expected: expectForged(victim, state, message, scenario === "retried"),
  });
}

/** A flight's records. */
function recordsOf(flight: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < flight.length;) {
    const length = 5 + (flight[at + 3]! << 8 | flight[at + 4]!);
    records.push(flight.subarray(at, at + length));
    at += length;
  }
  return records;
}

function clearRecord(message: Uint8Array): Uint8Array {
  return join([
    Uint8Array.of(
      ContentType.handshake,
      3,
      3,
      message.length >>> 8,
      message.length & 0xff,
    ),
    message,
  ]);
}

/**
 * The states in the middle of a flight: each message of it comes in a record of
 * its own, and one in the clear before it.
 */
export async function tortureConnected(
  chamber: Chamber,
  scenario: Scenario,
  victim: RoleName,
): Promise<void> {
  const { provider, random, foreign } = chamber;
  for (const message of MESSAGES) {
    for (const keyed of [true, false]) {
      const world = makeWorld(scenario, provider, random);
      await carry(world, provider);
      const receiver = world[victim].connection;
      const bytes = foreign.get(message)!;
      receiver.feed(
        keyed
          ? new Forger(world[other(victim)] as End<AnyState>)
            .record(ContentType.handshake, bytes)
          : clearRecord(bytes),
      );
      receiver.read(new Uint8Array(1));
      judge(chamber, world, {
        category: `inserted ${message} @ ${victim} connected ${
          keyed ? "keyed" : "in the clear"
        }`,
        victim,
        expected: keyed
          ? expectInserted(victim, "connected", message)
          : { victim: "sent unexpected_message" },
      });
    }
  }
}

/** The region of each byte of a flight. */
export function regionsOf(flight: Uint8Array): Region[] {
  const regions: Region[] = [];
  for (let at = 0; at < flight.length;) {
    const type = flight[at]!;
    const length = flight[at + 3]! << 8 | flight[at + 4]!;
    const body = Array.from({ length });
    if (type === ContentType.change_cipher_spec) {
      regions.push("ccs type", "ccs version", "ccs version");
      regions.push("ccs length", "ccs length");
      regions.push(...body.map((): Region => "ccs body"));
    } else if (type === ContentType.application_data) {
      regions.push("protected type", "protected version", "protected version");
      regions.push("protected length", "protected length");
      regions.push(...body.map((): Region => "protected body"));
    } else {
      regions.push("clear type", "clear major", "clear minor");
      regions.push("clear length", "clear length");
      regions.push(...body.map((): Region => "clear body"));
    }
    at += 5 + length;
  }
  return regions;
}

/** One byte of one flight changed. */
export async function tortureFlip(
  chamber: Chamber,
  scenario: Scenario,
  at: {
    readonly from: RoleName;
    readonly flight: number;
    readonly offset: number;
    readonly mask: number;
  },
): Promise<void> {
  const { provider, random } = chamber;
  const { from, flight, offset, mask } = at;
  const victim = other(from);
  let region: Region | null = null;
  const world = makeWorld(scenario, provider, random);
  const tamper: Tamper = (sender, nth, bytes) => {
    if (sender !== from || nth !== flight || offset >= bytes.length) {
      return [bytes];
    }
    region = regionsOf(bytes)[offset]!;
    const copy = bytes.slice();
    copy[offset]! ^= mask;
    return [copy];
  };
  await carry(world, provider, { tamper, data: true });
  if (region === null) {
    destroy(world);
    return;
  }
  const category = `flipped ${region} @ ${victim}`;
  const before = outcomesOf(world);
  // Connected without all that was said is waiting for the rest.
  const found = before[victim] === "connected" && !hasAllData(world[victim])
    ? "waiting"
    : before[victim];
  const both = found === "connected" && before[from] === "connected";
  const fits = FLIPPED[region as Region].some((allowed) =>
    allowed === "fails"
      ? found !== "connected" && found !== "received"
      : allowed === "told"
      ? !both
      : allowed === found
  );
  if (!fits) {
    throw surprise(
      `${category} ${JSON.stringify(at)}`,
      before,
      FLIPPED[region as Region].join(" or "),
    );
  }
  checkEnd(category, before, end(world));
  count(chamber, category);
  destroy(world);
}

/** A flight cut at a byte: nothing was wrong, so nothing but the end is. */
export async function tortureCut(
  chamber: Chamber,
  scenario: Scenario,
  at: {
    readonly from: RoleName;
    readonly flight: number;
    readonly offset: number;
  },
): Promise<void> {
  const { provider, random } = chamber;
  let cut = false;
  const tamper: Tamper = (sender, nth, bytes) => {
    if (cut && sender === at.from) return [];
    if (sender !== at.from || nth !== at.flight) return [bytes];
    cut = at.offset < bytes.length;
    return [bytes.subarray(0, at.offset)];
  };
  const world = makeWorld(scenario, provider, random);
  await carry(world, provider, { tamper, data: true });
  if (!cut) {
    destroy(world);
    return;
  }
  const category = `cut flight ${at.flight} of the ${at.from} (${scenario})`;
  const before = outcomesOf(world);
  const victim = other(at.from);
  // A whole Finished may lie before the cut; then what is cut is data.
  if (!["waiting", "connected"].includes(before[victim])) {
    throw surprise(category, before, "waiting or connected");
  }
  if (hasAllData(world[victim])) {
    throw surprise(category, before, "that something is missing");
  }
  checkEnd(category, before, end(world));
  count(chamber, category);
  destroy(world);
}

/** Delivery in pieces: the outcome is as if nothing had happened. */
export async function torturePieces(
  chamber: Chamber,
  scenario: Scenario,
  size: number,
): Promise<void> {
  const { provider, random } = chamber;
  const world = makeWorld(scenario, provider, random);
  const tamper: Tamper = (_from, _nth, bytes) => {
    const parts: Uint8Array[] = [];
    for (let i = 0; i < bytes.length; i += size) {
      parts.push(bytes.subarray(i, i + size));
    }
    return parts;
  };
  await carry(world, provider, { tamper, data: true });
  if (!hasAllData(world.client) || !hasAllData(world.server)) {
    throw surprise("in pieces", outcomesOf(world), "all of the data");
  }
  judge(chamber, world, {
    category: size === 1 ? "byte by byte" : "in pieces",
    victim: "client",
    expected: { victim: "connected", other: "connected" },
  });
}

/** How long each flight of a scenario is. */
export async function flightsOf(
  chamber: Chamber,
  scenario: Scenario,
): Promise<readonly { from: RoleName; flight: number; length: number }[]> {
  const { provider, random } = chamber;
  const flights: { from: RoleName; flight: number; length: number }[] = [];
  const world = makeWorld(scenario, provider, random);
  const tamper: Tamper = (from, flight, bytes) => {
    flights.push({ from, flight, length: bytes.length });
    return [bytes];
  };
  await carry(world, provider, { tamper, data: true });
  destroy(world);
  return flights;
}

/** Changes of one byte in one message under the right keys. */
export async function tortureMessageByte(
  chamber: Chamber,
  scenario: Scenario,
  victim: RoleName,
): Promise<void> {
  const { provider, random } = chamber;
  const sent = SENT[scenario][victim];
  const index = random.below(sent.length);
  let type = "";
  const hooks = tampering(victim, (message, nth) => {
    if (nth !== index) return message;
    type = decodeHandshake(message).type;
    const copy = message.slice();
    copy[random.below(copy.length)]! ^= 1 + random.below(255);
    return copy;
  });
  const world = makeWorld(scenario, provider, random, hooks);
  await carry(world, provider);
  const category = `changed ${type} @ ${victim} keyed`;
  // Many fields may hold anything, so any outcome of the family will do.
  checkEnd(category, outcomesOf(world), end(world));
  count(chamber, category);
  destroy(world);
}
