import { isLocallyAdministered, raspberryPiPrefix } from '../network/index.ts';
import { readBanner } from './banner.ts';
import type { Evidence, Likelihood, Sighting } from './model.ts';

/** From this score on a device is most likely a Pi, and from this one it may be. */
const LIKELY = 50;
const POSSIBLE = 15;

export const likelihoodOf = (score: number): Likelihood =>
  score >= LIKELY ? 'likely' : score >= POSSIBLE ? 'possible' : 'unknown';

export const scoreOf = (evidence: readonly Evidence[]): number => evidence.reduce((sum, { points }) => sum + points, 0);

/** All that speaks for or against one device being a Pi, the strongest first, each said once. */
export function evidenceOf(sightings: readonly Sighting[]): readonly Evidence[] {
  const all = sightings.flatMap((sighting) => [
    ...macEvidence(sighting),
    ...sshEvidence(sighting),
    ...agentEvidence(sighting),
    ...nameEvidence(sighting),
    ...announcedEvidence(sighting),
    ...writtenEvidence(sighting),
  ]);
  const once = new Map(all.map((evidence) => [evidence.text, evidence]));
  return [...once.values()].toSorted((a, b) => b.points - a.points);
}

function macEvidence({ mac, source }: Sighting): Evidence[] {
  if (mac === null) return [];
  const prefix = raspberryPiPrefix(mac);
  if (prefix !== null) {
    const detail = `${prefix} is registered to Raspberry Pi Ltd. A Pico W has such an address too.`;
    return [{ kind: 'mac', text: 'Raspberry Pi Ltd MAC', detail, points: 50 }];
  }
  if (isLocallyAdministered(mac)) {
    const detail = `${mac} was made up by software, as phones do to stay private, so it does not name a maker.`;
    return [{ kind: 'mac', text: 'Private MAC', detail, points: 0 }];
  }
  if (source !== 'neighbours') return [];
  const detail = `${mac} is in this computer’s list of neighbours: it answered lately. Its maker is another, which a USB adapter on a Pi has too.`;
  return [{ kind: 'neighbour', text: 'Neighbour', detail, points: 0 }];
}

function sshEvidence({ ssh }: Sighting): Evidence[] {
  if (ssh === null) return [];
  const where = ssh.port === 22 ? '' : ` on ${ssh.port}`;
  if (ssh.state === 'refused') {
    const detail = `Something answers at this address, but no SSH server listens on port ${ssh.port}. On a Pi, SSH is off until it is turned on.`;
    return [{ kind: 'ssh', text: `SSH refused${where}`, detail, points: 1 }];
  }
  if (ssh.banner === null || ssh.banner === '') {
    const detail = `Port ${ssh.port} is open, but what answers has not said that it is SSH.`;
    return [{ kind: 'ssh', text: `Port ${ssh.port} open`, detail, points: 3 }];
  }
  const { system } = readBanner(ssh.banner);
  const open: Evidence = { kind: 'ssh', text: `SSH open${where}`, detail: `It says: ${ssh.banner}`, points: 10 };
  if (system === null) return [open];
  const points = system === 'Raspbian' ? 50 : system === 'Debian' ? 8 : 0;
  const meaning =
    system === 'Raspbian'
      ? 'Raspbian is the 32-bit Raspberry Pi OS.'
      : system === 'Debian'
        ? '64-bit Raspberry Pi OS says Debian, and so does every other Debian.'
        : 'It runs on a Pi too.';
  return [open, { kind: 'banner', text: `SSH says ${system}`, detail: `${ssh.banner}. ${meaning}`, points }];
}

function agentEvidence({ agent }: Sighting): Evidence[] {
  if (agent === null) return [];
  const detail = 'The LED agent of Pi Workbench answers there.';
  const version = agent.version === null ? '' : ` ${agent.version}`;
  return [{ kind: 'agent', text: `Agent${version} on ${agent.port}`, detail, points: 60 }];
}

/** `raspberrypi`, `raspberrypi-2.local`, `my-pi.local`, `rpi4`. */
const STOCK_NAME = /^raspberrypi(-\d+)?$/;
const PI_NAME = /(^|[-_.\d])(rasp\w*|r?pi\d?\w?)([-_.\d]|$)/;

function nameEvidence({ names, source, live }: Sighting): Evidence[] {
  return names.flatMap((name) => {
    const [host = ''] = name.split('.');
    const points = !live ? 0 : STOCK_NAME.test(host) ? 45 : PI_NAME.test(host) ? 20 : 0;
    const how = source === 'mdns' ? 'It answers to this name over mDNS.' : 'It goes by this name.';
    const meaning = STOCK_NAME.test(host) ? ' It is the name of a freshly set up Pi.' : '';
    return source === 'mdns' || points > 0
      ? [{ kind: 'name' as const, text: `Answers as ${name}`, detail: how + meaning, points }]
      : [];
  });
}

function announcedEvidence({ services }: Sighting): Evidence[] {
  const evidence: Evidence[] = [];
  if (services.includes('_pi-workbench._tcp')) {
    evidence.push({
      kind: 'service',
      text: 'Announces the agent',
      detail: '_pi-workbench._tcp over mDNS.',
      points: 60,
    });
  }
  if (services.some((service) => service === '_ssh._tcp' || service === '_sftp-ssh._tcp')) {
    evidence.push({ kind: 'service', text: 'Announces SSH', detail: '_ssh._tcp over mDNS.', points: 8 });
  }
  if (services.includes('_udisks-ssh._tcp')) {
    const detail = '_udisks-ssh._tcp over mDNS, which Raspberry Pi OS announces.';
    evidence.push({ kind: 'service', text: 'Announces its disks', detail, points: 10 });
  }
  if (services.includes('_workstation._tcp')) {
    const detail = '_workstation._tcp over mDNS, which Avahi on Linux announces where that is switched on.';
    evidence.push({ kind: 'service', text: 'Announces a workstation', detail, points: 3 });
  }
  return evidence;
}

function writtenEvidence({ written }: Sighting): Evidence[] {
  if (written === null) return [];
  if (written.kind === 'saved') {
    return [{ kind: 'saved', text: 'In your list', detail: `${written.label} in your list of devices.`, points: 12 }];
  }
  return [
    { kind: 'ssh-config', text: 'In your SSH config', detail: `Host ${written.id} in ~/.ssh/config.`, points: 4 },
  ];
}
