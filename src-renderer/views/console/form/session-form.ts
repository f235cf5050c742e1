import { refuseHost } from '../../../../src-main/api/device-fields.ts';
import type { ResponderOptions, ResponderRule, SessionOptions } from '../../../../src-main/api/contract/console.ts';
import { clientDefaults, listenerDefaults } from '../../../../src-main/api/session-defaults.ts';
import { parsePayload, type PayloadInput } from '../../../../src-main/api/payload.ts';

/** What the form for a new session says; every field keeps its value while another kind is chosen. */
export interface SessionForm {
  kind: SessionOptions['kind'];
  host: string;
  port: number | null;
  /** The device whose tunnel is used, or empty. */
  through: string;
  bindHost: string;
  listenPort: number | null;
  family: 'any' | 'ipv4' | 'ipv6';
  localPort: number | null;
  noDelay: boolean;
  keepAlive: boolean;
  reconnect: boolean;
  connectTimeoutMs: number | null;
  receiveSize: number | null;
  backlog: number | null;
  tls: boolean;
  tlsVerify: boolean;
  tlsName: string;
  heartbeat: boolean;
  heartbeatPayload: PayloadInput;
  heartbeatEveryMs: number | null;
  heartbeatWithinMs: number | null;
  responder: ResponderOptions['kind'];
  unit: 'chunk' | 'line' | 'stream';
  rules: RuleForm[];
}

export interface RuleForm {
  match: 'contains' | 'prefix' | 'regex' | 'hex-mask';
  pattern: string;
  ignoreCase: boolean;
  reply: string;
  delayMs: number | null;
  times: number | null;
}

export const emptyRule: RuleForm = {
  match: 'contains',
  pattern: '',
  ignoreCase: false,
  reply: '',
  delayMs: 0,
  times: null,
};

export function emptyForm(): SessionForm {
  return {
    kind: 'tcp-client',
    host: '',
    port: 1234,
    through: '',
    bindHost: '127.0.0.1',
    listenPort: 1234,
    family: clientDefaults.family,
    localPort: clientDefaults.localPort,
    noDelay: clientDefaults.noDelay,
    keepAlive: clientDefaults.keepAlive,
    reconnect: clientDefaults.reconnect,
    connectTimeoutMs: clientDefaults.connectTimeoutMs,
    receiveSize: clientDefaults.receiveSize,
    backlog: listenerDefaults.backlog,
    tls: false,
    tlsVerify: true,
    tlsName: '',
    heartbeat: false,
    heartbeatPayload: escapes('PING'),
    heartbeatEveryMs: 5000,
    heartbeatWithinMs: 3000,
    responder: 'none',
    unit: 'line',
    rules: [{ ...emptyRule }],
  };
}

/** Where a link, or a button, sends the form. */
export interface Aim {
  readonly host: string;
  readonly port: number | null;
  /** The device whose tunnel is used, or empty. */
  readonly through: string;
}

/** Fills in a plain TCP connection to a place; TLS and the limits of another peer's addresses are left behind. */
export function aimAt(form: SessionForm, { host, port, through }: Aim): void {
  Object.assign(form, {
    kind: 'tcp-client',
    host,
    port,
    through,
    family: clientDefaults.family,
    localPort: null,
    tls: false,
  });
}

/** What is wrong with the form, field by field; an empty text where nothing is. */
export interface FormProblems {
  readonly host: string;
  readonly bindHost: string;
  readonly heartbeat: string;
  readonly tlsName: string;
  /** One for each rule: its pattern and its reply. */
  readonly rules: readonly { readonly pattern: string; readonly reply: string }[];
}

export function checkForm(form: SessionForm): FormProblems {
  return {
    host: refuseHost(form.host) ?? '',
    bindHost: bindProblem(form.bindHost),
    heartbeat: form.heartbeat ? payloadProblem(form.heartbeatPayload) : '',
    tlsName:
      form.kind === 'tcp-client' && form.tls && form.tlsName.trim() !== '' ? (refuseHost(form.tlsName) ?? '') : '',
    rules: form.rules.map((rule) => ({ pattern: patternProblem(rule), reply: payloadProblem(escapes(rule.reply)) })),
  };
}

/** The options the form stands for, or null while something is wrong with it. */
export function optionsOf(form: SessionForm): SessionOptions | null {
  const problems = checkForm(form);
  switch (form.kind) {
    case 'tcp-client':
    case 'udp-client':
      return problems.host === '' && problems.heartbeat === '' && problems.tlsName === '' ? clientOptions(form) : null;
    case 'tcp-listener':
    case 'udp-listener': {
      const usable = problems.rules.every(({ pattern, reply }) => pattern === '' && reply === '');
      return problems.bindHost === '' && (form.responder !== 'rules' || usable) ? listenerOptions(form) : null;
    }
  }
}

function clientOptions(form: SessionForm): SessionOptions | null {
  const { port, localPort, connectTimeoutMs, receiveSize, family } = form;
  const heartbeat = heartbeatOf(form);
  if (port === null || heartbeat === undefined) return null;
  const at = { host: form.host.trim(), port };
  if (form.kind === 'udp-client') return { kind: 'udp-client', ...at, family, localPort, heartbeat };
  if (connectTimeoutMs === null || receiveSize === null) return null;
  const { noDelay, keepAlive, reconnect } = form;
  return {
    kind: 'tcp-client',
    ...at,
    family,
    localPort,
    noDelay,
    keepAlive,
    reconnect,
    connectTimeoutMs,
    receiveSize,
    heartbeat,
    tls: form.tls ? { verify: form.tlsVerify, serverName: form.tlsName.trim() } : null,
    through: form.through === '' ? null : form.through,
  };
}

/** The heartbeat, null for none, undefined while it cannot be used. */
function heartbeatOf(form: SessionForm) {
  if (!form.heartbeat) return null;
  const { heartbeatPayload: payload, heartbeatEveryMs: everyMs, heartbeatWithinMs: answerWithinMs } = form;
  return everyMs === null || answerWithinMs === null ? undefined : { payload: { ...payload }, everyMs, answerWithinMs };
}

function listenerOptions(form: SessionForm): SessionOptions | null {
  const responder = responderOf(form);
  const { listenPort: port, backlog, receiveSize, noDelay, keepAlive } = form;
  if (port === null || responder === null) return null;
  const at = { host: form.bindHost.trim(), port };
  if (form.kind === 'udp-listener') return { kind: 'udp-listener', ...at, responder };
  if (backlog === null || receiveSize === null) return null;
  return { kind: 'tcp-listener', ...at, backlog, receiveSize, noDelay, keepAlive, responder };
}

function responderOf(form: SessionForm): ResponderOptions | null {
  if (form.responder !== 'rules') return { kind: form.responder };
  const rules = form.rules.map(ruleOf);
  if (rules.some((rule) => rule === null)) return null;
  return { kind: 'rules', unit: form.unit, rules: rules.filter((rule) => rule !== null) };
}

function ruleOf(rule: RuleForm): ResponderRule | null {
  if (rule.delayMs === null) return null;
  const { delayMs, times } = rule;
  return { match: matchOf(rule), reply: escapes(rule.reply), delayMs, times };
}

function matchOf({ match, pattern, ignoreCase }: RuleForm): ResponderRule['match'] {
  switch (match) {
    case 'regex':
      return { kind: 'regex', pattern, ignoreCase };
    case 'hex-mask':
      return { kind: 'hex-mask', mask: pattern };
    case 'contains':
    case 'prefix':
      return { kind: match, payload: escapes(pattern) };
  }
}

function patternProblem(rule: RuleForm): string {
  if (rule.pattern === '') return 'Write what to look for.';
  if (rule.match === 'regex') return regexProblem(rule.pattern);
  if (rule.match === 'hex-mask') {
    return /^(?:\s*[0-9a-fA-F?]\s*[0-9a-fA-F?])+\s*$/.test(rule.pattern)
      ? ''
      : 'Two hexadecimal digits for each byte, with ? for any digit: 4f ?? 0d.';
  }
  return payloadProblem(escapes(rule.pattern));
}

function regexProblem(pattern: string): string {
  try {
    new RegExp(pattern, 's');
    return '';
  } catch (thrown) {
    const reason = /: ([^:]+)$/.exec(thrown instanceof Error ? thrown.message : '')?.[1];
    return `This is not a regular expression${reason === undefined ? '' : `: ${reason.toLowerCase()}`}.`;
  }
}

function payloadProblem(payload: PayloadInput): string {
  const result = parsePayload(payload);
  return result.ok ? '' : `At character ${result.offset + 1}: ${result.message}`;
}

function bindProblem(text: string): string {
  const host = text.trim();
  if (host === '') return 'Type an address of this computer, such as 127.0.0.1 or 0.0.0.0 for every network.';
  if (host === 'localhost') return '';
  const numeric = host.includes(':') || /^[\d.]+$/.test(host);
  return numeric
    ? (refuseHost(host) ?? '')
    : 'An address to listen on is written in numbers, such as 127.0.0.1 or ::1.';
}

function escapes(text: string): PayloadInput {
  return { format: 'escapes', text, encoding: 'utf-8', lineEnding: 'none' };
}
