/** Who calls, by what trusted proxies say. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import express from 'express';
import { parse } from 'forwarded-parse';
import type { Configuration } from '../configuration.ts';

export interface Caller {
  /** The number of trusted proxies that a request came through, the last one first. */
  readonly proxies: number;
  /** The address of whoever called the first of them; undefined if that proxy does not say. */
  readonly address: string | undefined;
}

/** Finds the caller of a request. */
export type FindCaller = (request: IncomingMessage) => Caller;

/**
 * Builds the function by the rules of ENGINE_TRUST_PROXY: each proxy adds the address of its caller at the end of X-Forwarded-For,
 * or of Forwarded (RFC 7239), so that is read from the right, as far as proxies are trusted.
 */
export function buildFindCaller({ trustProxy }: Pick<Configuration, 'trustProxy'>): FindCaller {
  if (trustProxy === undefined) return ({ socket }) => ({ proxies: 0, address: socket.remoteAddress });
  const isTrusted = express().set('trust proxy', trustProxy).get('trust proxy fn') as (
    address: string | undefined,
    hop: number,
  ) => boolean;
  return ({ headers, socket }) => {
    const forwarded = headers['x-forwarded-for'] === undefined ? listForwarded(headers.forwarded) : [];
    const callers = [...listValues(headers['x-forwarded-for']), ...forwarded].map(toAddress);
    const addresses = [socket.remoteAddress, ...callers.reverse()];
    // Node limits the headers to 16 KiB, and with them this loop.
    let proxies = 0;
    while (proxies < addresses.length && isTrusted(addresses[proxies], proxies)) proxies += 1;
    return { proxies, address: addresses[proxies] };
  };
}

/** An address for the log; undefined for what is none, which a header may say. */
export function toClient(address: string | undefined): string | undefined {
  // An IPv4 address on a socket that takes both versions (RFC 4291, 2.5.5.2).
  const plain = address?.replace(/^::ffff:(?=[\d.]+$)/i, '');
  return plain !== undefined && isIP(plain) > 0 ? plain : undefined;
}

/** The values of a header to which each proxy adds one. */
export function listValues(header: string | string[] | undefined): string[] {
  return (header?.toString() ?? '')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** Of the values that proxies have added to a header, the one of the first trusted proxy; undefined of none. */
export function pickValue<Value>(values: readonly Value[], proxies: number): Value | undefined {
  // Some proxies replace the header instead.
  return values[Math.max(0, values.length - proxies)];
}

function listForwarded(header: string | undefined): string[] {
  if (header === undefined) return [];
  try {
    return parse(header).map((element) => element['for'] ?? 'unknown');
  } catch {
    return [];
  }
}

/** An address without its port: 192.0.2.1:80, [2001:db8::1]:80 and 2001:db8::1. */
function toAddress(text: string): string {
  return /^\[(.*)\]/.exec(text)?.[1] ?? /^([^:]*):\d+$/.exec(text)?.[1] ?? text;
}
