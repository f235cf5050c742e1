import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIfconfig } from '../../../src-main/network/parse/ifconfig.ts';
import { parseIpAddrJson } from '../../../src-main/network/parse/ip-addr-json.ts';
import { parseIpAddrText } from '../../../src-main/network/parse/ip-addr-text.ts';
import { parseIpRouteJson } from '../../../src-main/network/parse/ip-route-json.ts';
import { parseNeighbours } from '../../../src-main/network/parse/neighbours.ts';
import { parseProcNetDev } from '../../../src-main/network/parse/proc-net.ts';

// Parses recorded output over and over: `parsers.mjs FIXTURES KIND MS`. Prints { app, peer } in MB/s, measured in turn.
const [fixtures = '', kind = '', ms = '0'] = process.argv.slice(2);

interface Work {
  readonly file: string;
  readonly parse: (text: string) => unknown;
  /** The least that any parser of this form has to do. */
  readonly least: (text: string) => unknown;
}

const words = (text: string): unknown => text.split('\n').map((line) => line.split(/\s+/));

const WORKS: Readonly<Record<string, Work>> = {
  ifconfig: { file: 'ifconfig-net-tools-2.10.txt', parse: parseIfconfig, least: words },
  'ip-addr-text': { file: 'ip-addr-stats.txt', parse: parseIpAddrText, least: words },
  'ip-addr-json': { file: 'ip-addr.json', parse: parseIpAddrJson, least: JSON.parse },
  'ip-route-json': { file: 'ip-route.json', parse: (text) => parseIpRouteJson(text, 'ipv4'), least: JSON.parse },
  neighbours: { file: 'ip-neigh.txt', parse: parseNeighbours, least: words },
  'proc-net-dev': { file: 'proc-net-dev.txt', parse: parseProcNetDev, least: words },
};

const work = WORKS[kind];
if (!work) throw new Error(`There is no parser ${kind}.`);
const text = readFileSync(join(fixtures, work.file), 'utf8');

/** Something is kept of every result, so that no run is optimized away. */
let kept = 0;

function rateOf(run: (text: string) => unknown, forMs: number): number {
  const until = performance.now() + forMs;
  let times = 0;
  const startedAt = performance.now();
  while (performance.now() < until) {
    for (let n = 0; n < 20; n += 1) if (run(text) !== undefined) kept += 1;
    times += 20;
  }
  return (times * text.length) / 1000 / (performance.now() - startedAt);
}

const slice = Number(ms);
rateOf(work.parse, slice / 2);
rateOf(work.least, slice / 2);
const app = rateOf(work.parse, slice);
const peer = rateOf(work.least, slice);
console.log(JSON.stringify({ app, peer, kept }));
