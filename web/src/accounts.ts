// An account id is its owner's address, then a number of 96 bits. Number 0 is the main account.

import { getAddress, isAddress, type Address } from "viem";

const NUMBER_BITS = 96n;

export function isAddressText(text: string): text is Address {
  return isAddress(text, { strict: false });
}

/** Whether capitals and small letters of an address agree with its checksum, or make no claim. */
export function checksumHolds(text: string): boolean {
  const digits = text.slice(2);
  return digits === digits.toLowerCase() || digits === digits.toUpperCase() || isAddress(text, { strict: true });
}

export function sameAddress(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one.toLowerCase() === other.toLowerCase();
}

export function mainAccountOf(owner: string): string {
  return `${owner.toLowerCase()}${"0".repeat(24)}`;
}

export function ownerOf(account: string): Address {
  return getAddress(account.slice(0, 42));
}

export function numberOf(account: string): bigint {
  return BigInt(account) & ((1n << NUMBER_BITS) - 1n);
}

/** The number that the contract knows an account by: of an id, or of an address for its main account. */
export function accountWord(text: string): bigint {
  return text.length === 42 ? BigInt(text) << NUMBER_BITS : BigInt(text);
}

/** Account 0 stands for the world outside the vault: deposits come from it, withdrawals go to it. */
export function isOutside(account: string): boolean {
  return BigInt(account) === 0n;
}

/** The first sub-account of a wallet that it has not used yet. */
export function nextAccountOf(owner: string, used: readonly { number: string }[]): string {
  const highest = used.reduce((high, { number }) => (BigInt(number) > high ? BigInt(number) : high), 0n);
  return `${owner.toLowerCase()}${(highest + 1n).toString(16).padStart(24, "0")}`;
}

export function accountName(account: string): string {
  const number = numberOf(account);
  return number === 0n ? "Main account" : `Sub-account ${number}`;
}

export function shortened(hex: string): string {
  return hex.length > 13 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex;
}
