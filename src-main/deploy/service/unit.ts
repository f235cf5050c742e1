import { posix } from 'node:path';
import { pinOfBcm } from '../../../pi-agent/src/board.ts';
import type { AgentSettings } from '../settings.ts';

export const UNIT_NAME = 'pi-workbench-led.service';
export const AVAHI_SERVICE_PATH = '/etc/avahi/services/pi-workbench-led.service';
export const MDNS_SERVICE_TYPE = '_pi-workbench._tcp';

/** What a service needs to start the agent. */
export interface AgentCommand {
  /** Absolute path of `node`. */
  readonly node: string;
  /** Absolute path of `led-agent.cjs`. */
  readonly agentFile: string;
  readonly tokenFile: string;
  readonly settings: AgentSettings;
}

/** Keeps the agent under 64 MiB whatever its clients do; without them Node lets garbage pile up. As in `led-manager.cjs`. */
export const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=24', '--v8-pool-size=0'] as const;

/** The words that start the agent: `node` comes first, so that no x bit and no `noexec` matters (ansible#22203). */
export function agentArgv({ node, agentFile, tokenFile, settings }: AgentCommand): string[] {
  return [node, ...NODE_FLAGS, agentFile, ...agentArguments(settings, tokenFile)];
}

/** What follows the agent's file on its command line. */
export function agentArguments(settings: AgentSettings, tokenFile: string): string[] {
  return [
    ...['--port', String(settings.ledPort)],
    ...['--echo-port', String(settings.echoPort)],
    ...['--pin', String(settings.bcm)],
    ...['--driver', settings.driver],
    ...['--access', settings.access],
    ...(settings.access === 'token' ? ['--token-file', tokenFile] : []),
    ...(settings.keepLevelOnExit ? ['--keep-level-on-exit'] : []),
  ];
}

export interface SystemUnitOptions extends AgentCommand {
  readonly user: string;
  /** Null where the system has no such group: systemd would refuse to start the unit. */
  readonly gpioGroup: string | null;
  /** The agent's folder. */
  readonly folder: string;
}

/** A hardened unit of the system manager (systemd.exec(5)). It runs as the login user with the pins' group. */
export function systemUnit(options: SystemUnitOptions): string {
  return lines(
    ...header(),
    '[Service]',
    ...serviceLines(options),
    `User=${options.user}`,
    ...(options.gpioGroup === null ? [] : [`SupplementaryGroups=${options.gpioGroup}`]),
    // The activity LED belongs to root; this lets the agent blink it to be found. It lasts until the next boot.
    ...(options.gpioGroup === null ? [] : [activityLedLine(options.gpioGroup)]),
    '',
    '# What the agent may touch: its own files to read, the pins, and the network',
    ...hardening(options),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  );
}

/** A unit of the user's own manager: what needs root's rights is left out. */
export function userUnit(options: AgentCommand): string {
  return lines(
    ...header(),
    '[Service]',
    ...serviceLines(options),
    'NoNewPrivileges=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'LockPersonality=yes',
    'RestrictRealtime=yes',
    'SystemCallArchitectures=native',
    '',
    '[Install]',
    'WantedBy=default.target',
  );
}

function header(): string[] {
  return [
    '# Written by Pi Workbench; the next deployment replaces it.',
    '[Unit]',
    'Description=Pi Workbench LED agent',
    'After=network.target',
    'StartLimitIntervalSec=60',
    'StartLimitBurst=5',
    '',
  ];
}

function serviceLines(options: AgentCommand): string[] {
  return [
    'Type=exec',
    `ExecStart=${agentArgv(options).map(quoteForUnit).join(' ')}`,
    'Restart=on-failure',
    'RestartSec=2',
    // A wrong command line and an unreadable token do not get better by trying again.
    'RestartPreventExitStatus=2 5',
    'TimeoutStopSec=10',
    'MemoryMax=128M',
    'TasksMax=64',
    'UMask=0077',
    'Environment=NODE_ENV=production',
  ];
}

function hardening({ folder, node, settings }: SystemUnitOptions): string[] {
  const readable = [folder, ...(isInHome(node) ? [posix.dirname(posix.dirname(node))] : [])];
  const shown = readable.filter((path) => path === folder || !path.startsWith(`${folder}/`));
  return [
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'AmbientCapabilities=',
    'ProtectSystem=strict',
    'ProtectHome=tmpfs',
    `BindReadOnlyPaths=${shown.map(quoteForUnit).join(' ')}`,
    'PrivateTmp=yes',
    // Not ProtectKernelTunables: it makes /sys read-only, and the pins are there.
    'ReadOnlyPaths=/proc/sys',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'ProtectProc=invisible',
    'DevicePolicy=closed',
    'DeviceAllow=char-gpiochip rw',
    ...['', '0', '1', '2', '3', '4'].map((n) => `DeviceAllow=/dev/gpiomem${n} rw`),
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    ...(settings.access === 'ssh-only' ? ['IPAddressDeny=any', 'IPAddressAllow=localhost'] : []),
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'RemoveIPC=yes',
    // Not MemoryDenyWriteExecute: Node compiles JavaScript to machine code while it runs.
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged @resources',
    'SystemCallErrorNumber=EPERM',
  ];
}

function activityLedLine(group: string): string {
  const files =
    '/sys/class/leds/ACT/trigger /sys/class/leds/ACT/brightness /sys/class/leds/led0/trigger /sys/class/leds/led0/brightness';
  const script = `for f in ${files}; do [ -e $$f ] && chgrp ${group} $$f && chmod g+w $$f; done; true`;
  return `ExecStartPre=-+/bin/sh -c "${script}"`;
}

function isInHome(path: string): boolean {
  return /^\/(?:home|root)\//.test(path);
}

/** One word of a unit's command line: blanks are kept, and `%` and `$` stand for themselves (systemd.service(5)). */
export function quoteForUnit(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[A-Za-z0-9_@+=:,./%$-]+$/.test(plain)) return plain;
  return `"${plain.replace(/[\\"]/g, '\\$&')}"`;
}

/** The avahi service file that announces the agent; null for one that answers nobody on the network. */
export function announcement(settings: AgentSettings, version: string): string | null {
  return settings.access === 'ssh-only' ? null : avahiService(settings, version);
}

/** As in avahi.service(5). */
function avahiService(settings: AgentSettings, version: string): string {
  const pin = pinOfBcm(settings.bcm);
  return lines(
    `<?xml version="1.0" standalone='no'?>`,
    '<!DOCTYPE service-group SYSTEM "avahi-service.dtd">',
    '<!-- Written by Pi Workbench; removed with the agent. -->',
    '<service-group>',
    '  <name replace-wildcards="yes">LED agent on %h</name>',
    '  <service>',
    `    <type>${MDNS_SERVICE_TYPE}</type>`,
    `    <port>${settings.ledPort}</port>`,
    `    <txt-record>version=${version.replace(/[<>&]/g, '')}</txt-record>`,
    ...(pin === undefined ? [] : [`    <txt-record>pin=${pin.header}</txt-record>`]),
    `    <txt-record>gpio=${settings.bcm}</txt-record>`,
    `    <txt-record>echo=${settings.echoPort}</txt-record>`,
    `    <txt-record>access=${settings.access}</txt-record>`,
    '  </service>',
    '</service-group>',
  );
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
