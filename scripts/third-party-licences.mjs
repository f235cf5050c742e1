// The licences of all that the app brings along: each bundler lists the packages of its part, this joins the lists.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from './ensure-packages.mjs';

/** Written by the bundlers: `[{ name, version, identifier?, text? }]`, `identifier` as SPDX writes it. */
const lists = ['out/main', 'out/preload', 'out/renderer', 'pi-agent/dist'].map((dir) =>
  join(projectDir, dir, 'licences.json'),
);
/** What packages carry beside the bundles. Electron and Chromium come with files of their own. */
const carried = [{ name: 'Node.js for devices that have none', file: 'node' }];

/** Makes out/THIRD-PARTY-LICENCES.txt of the bundlers' lists and removes these. Raises when a licence has no text. */
export function writeThirdPartyLicences() {
  const bundled = lists.flatMap((path) => JSON.parse(readFileSync(path, 'utf8')));
  writeFileSync(join(projectDir, 'out', 'THIRD-PARTY-LICENCES.txt'), licencesText([...bundled, ...carried]));
  for (const path of lists) rmSync(path);
}

/** One section a package, by name; a package of several bundles has one. Raises when a licence has no text. */
export function licencesText(entries) {
  const sections = new Map(entries.map((entry) => [titleOf(entry), textOf(entry)]));
  const sorted = [...sections].sort(([a], [b]) => (a < b ? -1 : 1));
  const line = '='.repeat(80);
  return [
    'Pi Workbench is made with the work of others. Here is what it brings along, each with its licence.\n',
    ...sorted.map(([title, text]) => `${line}\n${title}\n${line}\n\n${text}\n`),
  ].join('\n');
}

function titleOf({ name, version, identifier }) {
  return [name, version, identifier && `(${identifier})`].filter(Boolean).join(' ');
}

function textOf({ name, text, file = name }) {
  if (text) return text.replace(/\r\n?/g, '\n').trim();
  const kept = join(projectDir, 'build', 'licences', `${file}.txt`);
  if (existsSync(kept)) return readFileSync(kept, 'utf8').trim();
  throw new Error(`${name} brings no licence text. Put it into build/licences/${file}.txt.`);
}
