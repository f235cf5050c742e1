import ipaddr from 'ipaddr.js';

/** What was typed, understood: a name in the form that goes on the wire, or an address. */
export type CheckedName =
  | {
      readonly ok: true;
      readonly kind: 'name' | 'address';
      /** ASCII, without the final dot: `xn--bcher-kva.example`; an address in its short form, without zone. */
      readonly wire: string;
      /** As a person writes it: `bücher.example`. */
      readonly shown: string;
      readonly family: 4 | 6 | null;
    }
  | { readonly ok: false; readonly message: string };

const MAX_NAME = 253;
const MAX_LABEL = 63;

/**
 * Checks a host name or address before anything is asked, in words for the place beside the field. Names outside ASCII
 * are converted by UTS #46 (as browsers do). Length limits: RFC 1035, section 2.3.4. Underscores are let through because
 * service names use them (`_ssh._tcp.local`).
 */
export function checkName(typed: string): CheckedName {
  const text = typed.trim();
  if (text === '') return refuse('Type a name, such as raspberrypi.local, or an address.');
  const address = parseAddress(text);
  if (address) return address;
  const complaint = complainAboutShape(text);
  if (complaint !== null) return refuse(complaint);
  const ascii = toAscii(text.replace(/\.$/, ''));
  if (ascii === null) return refuse(`“${text}” has a character that no name can have.`);
  const wrong = complainAboutLabels(ascii);
  return wrong === null
    ? { ok: true, kind: 'name', wire: ascii, shown: text.replace(/\.$/, ''), family: null }
    : refuse(wrong);
}

/** True for names that only mDNS answers (RFC 6762, section 3). */
export function isLocalName(wire: string): boolean {
  return /(^|\.)local$/i.test(wire);
}

function parseAddress(text: string): CheckedName | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return { ok: true, kind: 'address', wire: text, shown: text, family: 4 };
  }
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%[\w.-]+$/, '');
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return null;
  return { ok: true, kind: 'address', wire: ipaddr.IPv6.parse(bare).toString(), shown: bare, family: 6 };
}

function complainAboutShape(text: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return 'Only the name, without the address of a page: example.com.';
  if (text.includes('@')) return 'Only the name of the computer, without the user before the @.';
  if (/\s/.test(text)) return 'A name has no spaces.';
  if (/^[^:]+:\d+$/.test(text)) return 'Only the name, without a port: DNS knows names, not ports.';
  if (text.includes(':')) return 'This is not a complete IPv6 address.';
  if (text.includes('/')) return 'A name has no slash.';
  if (/^\d+(\.\d+)*\.?$/.test(text)) return 'An IPv4 address has four numbers from 0 to 255, such as 192.168.1.20.';
  return null;
}

function toAscii(text: string): string | null {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  if (/[%\\?#]/.test(text)) return null;
  try {
    return new URL(`http://${text}/`).hostname;
  } catch {
    return null;
  }
}

function complainAboutLabels(ascii: string): string | null {
  if (ascii.length > MAX_NAME) return `A name has at most ${MAX_NAME} characters; this one has ${ascii.length}.`;
  for (const label of ascii.split('.')) {
    if (label === '') return 'Two dots follow each other, or the name starts with a dot.';
    if (label.length > MAX_LABEL) return `Each part between dots has at most ${MAX_LABEL} characters.`;
    const bad = /[^a-z0-9_-]/i.exec(label);
    if (bad) return `A name has letters, digits and hyphens; “${bad[0]}” cannot be used.`;
    if (label.startsWith('-') || label.endsWith('-')) return 'No part of a name starts or ends with a hyphen.';
  }
  return null;
}

function refuse(message: string): CheckedName {
  return { ok: false, message };
}
