import ipaddr from 'ipaddr.js';
import type { DnsServerAddress } from './answer.ts';

export const DNS_PORT = 53;

/** A DNS server that a computer is set to use. */
export interface ConfiguredServer extends DnsServerAddress {
  /** Where the setting was found, e.g. `/etc/resolv.conf`. */
  readonly source: string;
  /** The program on the computer itself that programs ask first, and which passes questions on to this server; or null. */
  readonly behindStub: string | null;
}

/** Addresses after `nameserver`, in order (resolv.conf(5)); comments and what is no address are left out. */
export function parseResolvConf(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
    return address !== undefined && ipaddr.isValid(address.replace(/%.*$/, '')) ? [address] : [];
  });
}

export interface ResolvConfTexts {
  /** `/etc/resolv.conf`. */
  readonly main: string;
  /** `/run/systemd/resolve/resolv.conf`, empty where there is none. */
  readonly uplinks: string;
}

/**
 * The servers worth asking. A main file that lists only a loopback stub (systemd-resolved's 127.0.0.53, a local
 * dnsmasq) hides the real ones: those behind it are taken where they are known.
 */
export function configuredServers(texts: ResolvConfTexts): ConfiguredServer[] {
  const listed = parseResolvConf(texts.main);
  const stub = listed.length > 0 && listed.every(isLoopback) ? (listed[0] ?? null) : null;
  const behind = stub === null ? [] : parseResolvConf(texts.uplinks).filter((address) => !isLoopback(address));
  if (behind.length > 0) {
    return unique(behind).map((address) => ({
      address,
      port: DNS_PORT,
      source: '/run/systemd/resolve/resolv.conf',
      behindStub: stub,
    }));
  }
  return unique(listed).map((address) => ({ address, port: DNS_PORT, source: '/etc/resolv.conf', behindStub: null }));
}

/** `1.1.1.1`, `192.168.1.1:5353`, `2606:4700::1111`, `[::1]:53` -> address and port; null for anything else. */
export function parseServer(text: string): DnsServerAddress | null {
  const trimmed = text.trim();
  const v4 = /^([\d.]+)(?::(\d{1,5}))?$/.exec(trimmed);
  if (v4) return v4[1] && ipaddr.IPv4.isValidFourPartDecimal(v4[1]) ? withPort(v4[1], v4[2]) : null;
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(trimmed);
  const address = bracketed?.[1] ?? trimmed;
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address.replace(/%[\w.-]+$/, ''))) return null;
  return withPort(address, bracketed?.[2]);
}

/** The text form that `parseServer` reads, without the port when it is 53. */
export function formatServer({ address, port }: DnsServerAddress): string {
  if (port === DNS_PORT) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function withPort(address: string, port: string | undefined): DnsServerAddress | null {
  const number = port === undefined ? DNS_PORT : Number(port);
  return number >= 1 && number <= 65535 ? { address, port: number } : null;
}

function isLoopback(address: string): boolean {
  return ipaddr.parse(address.replace(/%.*$/, '')).range() === 'loopback';
}

function unique(addresses: readonly string[]): string[] {
  return [...new Set(addresses)];
}
