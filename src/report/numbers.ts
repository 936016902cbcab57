import { Big } from 'big.js';
import { formatDecimal } from '../domain/decimal.js';

/** Significant digits: as few as this, */
const fewest = 4;
/** but as many as this where fewer would show two different numbers as one, and more where even these would. */
const usual = 6;
/** No number of a report has more. */
const most = 400;

const written = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
/** A number with a fraction in a sentence, not part of a version, an address or a name. */
const inSentence = /(?<![\w.:/@-])[+-]?\d+\.\d+(?:e[+-]?\d+)?(?![\w/@-]|\.\d)/gi;

/**
 * How numbers that are read together are written for people: with four to six significant digits, or with as many as
 * keep different ones different. Integers, and what is no number, stay as they are.
 */
export function inShort(texts: readonly string[]): (text: string) => string {
  const numbers = [...new Set(texts)].filter((text) => isLong(text)).map(exact);
  const others = texts.filter((text) => written.test(text) && !isLong(text)).map(exact);
  const all = [...numbers, ...others];
  const different = new Set(all.map(String)).size;
  const digits = [fewest, fewest + 1, usual].find((each) => countOf(all, each) === different) ?? enough(all, different);
  return (text) => (isLong(text) ? signed(text, digits) : text);
}

/** A sentence with its numbers in short. */
export function shortened(sentence: string): string {
  const found = sentence.match(inSentence) ?? [];
  const short = inShort(found);
  return sentence.replaceAll(inSentence, (text) => short(text));
}

function enough(all: readonly Big[], different: number): number {
  let digits = usual + 1;
  while (digits < most && countOf(all, digits) < different) digits += 1;
  return digits;
}

function countOf(all: readonly Big[], digits: number): number {
  return new Set(all.map((number) => String(rounded(number, digits)))).size;
}

/** What stands before the point is never rounded. */
function rounded(number: Big, digits: number): Big {
  return number.prec(Math.max(digits, number.e + 1));
}

/** Whether it has a fraction and more digits than the fewest. */
function isLong(text: string): boolean {
  if (!written.test(text) || !text.includes('.')) return false;
  return exact(text).c.length > fewest;
}

function exact(text: string): Big {
  return new Big(text.replace(/^\+/, ''));
}

function signed(text: string, digits: number): string {
  const short = formatDecimal(rounded(exact(text), digits));
  return text.startsWith('+') ? `+${short}` : short;
}
