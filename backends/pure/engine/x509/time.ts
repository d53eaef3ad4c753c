/**
 * Times as RFC 5280 demands them
 * ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5 | section 4.1.2.5}),
 * as whole seconds since 1970-01-01T00:00:00Z. Which time it is now is always an
 * argument: the engine has no clock.
 *
 * @module
 */
import { DecodeFailure, type Reader } from "../codec/reader.ts";
import { contentBytes, Tag } from "./der.ts";

/** Seconds of a day. */
const DAY = 86_400;

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
function daysFromCivil(year: number, month: number, day: number): number {
  // Years begin in March, so that the leap day is the last of its year.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const high = bytes[at]! - 0x30;
  const low = bytes[at + 1]! - 0x30;
  // Negative differences and differences above 9 both fail the comparison.
  if (!(high >= 0 && high <= 9 && low >= 0 && low <= 9)) {
    throw new DecodeFailure("a time is not made of digits");
  }
  return high * 10 + low;
}

/**
 * A Time: UTCTime `YYMMDDHHMMSSZ` or GeneralizedTime `YYYYMMDDHHMMSSZ`, both
 * "expressed in Greenwich Mean Time (Zulu) and MUST include seconds", without
 * fractions. "Conforming applications MUST be able to process validity dates
 * that are encoded in either"; which of them a CA must use for which year is
 * {@linkcode isProfiledTime}'s to say.
 */
export function time(reader: Reader): number {
  const generalized = reader.remaining > 0 &&
    reader.peek() === Tag.GENERALIZED_TIME;
  const bytes = contentBytes(
    reader,
    generalized ? Tag.GENERALIZED_TIME : Tag.UTC_TIME,
  );
  const at = generalized ? 4 : 2;
  if (bytes.length !== at + 11 || bytes[at + 10] !== 0x5a) {
    throw new DecodeFailure("a time is not of the form that RFC 5280 demands");
  }
  let year: number;
  if (generalized) {
    year = twoDigits(bytes, 0) * 100 + twoDigits(bytes, 2);
  } else {
    // "Where YY is greater than or equal to 50, the year SHALL be interpreted
    // as 19YY; and where YY is less than 50 ... as 20YY."
    const yy = twoDigits(bytes, 0);
    year = yy >= 50 ? 1900 + yy : 2000 + yy;
  }
  const month = twoDigits(bytes, at);
  const day = twoDigits(bytes, at + 2);
  const hour = twoDigits(bytes, at + 4);
  const minute = twoDigits(bytes, at + 6);
  const second = twoDigits(bytes, at + 8);
  if (
    month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month) ||
    hour > 23 || minute > 59 || second > 59
  ) throw new DecodeFailure("a time is out of its range");
  return daysFromCivil(year, month, day) * DAY + hour * 3600 + minute * 60 +
    second;
}

/**
 * Whether a Time of `tag` may say `seconds`: "CAs conforming to this profile MUST
 * always encode certificate validity dates through the year 2049 as UTCTime".
 * Years before UTCTime's first have no other form.
 */
export function isProfiledTime(tag: number, seconds: number): boolean {
  const { year } = civilTime(seconds);
  return (tag === Tag.UTC_TIME) === (year >= 1950 && year < 2050);
}

/** A time split into its calendar parts, UTC. */
export interface CivilTime {
  /** The year. */
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  /** 0 to 23. */
  readonly hour: number;
  /** 0 to 59. */
  readonly minute: number;
  /** 0 to 59. */
  readonly second: number;
}

/** The calendar parts of `seconds` since 1970. */
export function civilTime(seconds: number): CivilTime {
  const whole = Math.floor(seconds);
  const days = Math.floor(whole / DAY);
  const rest = whole - days * DAY;
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) -
      Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
  };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** `2026-01-03`, for people. */
export function isoDay(seconds: number): string {
  const { year, month, day } = civilTime(seconds);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** `2026-01-03T10:20:30Z`. */
export function isoTime(seconds: number): string {
  const { hour, minute, second } = civilTime(seconds);
  return `${isoDay(seconds)}T${pad(hour, 2)}:${pad(minute, 2)}:${
    pad(second, 2)
  }Z`;
}
