import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchCase, BenchResult } from './bench-case.ts';
import { agent } from './cases/agent.ts';
import { bundle } from './cases/bundle.ts';
import { deploy } from './cases/deploy.ts';
import { echo } from './cases/echo.ts';
import { firstPaint } from './cases/first-paint.ts';
import { firstSeen } from './cases/first-seen.ts';
import { frames } from './cases/frames.ts';
import { idle } from './cases/idle.ts';
import { keystroke } from './cases/keystroke.ts';
import { parsers } from './cases/parsers.ts';
import { receive, send } from './cases/stream.ts';
import { sessions } from './cases/sessions.ts';
import { signIn, upload } from './cases/ssh.ts';
import { startUp } from './cases/start-up.ts';
import { sweep } from './cases/sweep.ts';
import { transcript } from './cases/transcript.ts';
import { projectDir } from './programs.ts';
import { caseText, machineText, thisMachine } from './report.ts';

const cases: readonly BenchCase[] = [
  echo,
  receive,
  send,
  transcript,
  frames,
  keystroke,
  sessions,
  signIn,
  upload,
  deploy,
  sweep,
  firstSeen,
  agent,
  parsers,
  startUp,
  firstPaint,
  idle,
  bundle,
];

const USAGE = `npm run bench [-- [--quick] NAME...]\n\nNAME: ${cases.map(({ name }) => name).join(', ')}\n`;

async function main(args: readonly string[]): Promise<number> {
  const quick = args.includes('--quick');
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknown = names.find((name) => !cases.some((one) => one.name === name));
  if (unknown !== undefined || args.some((arg) => arg.startsWith('--') && arg !== '--quick')) {
    process.stderr.write(USAGE);
    return 2;
  }
  const chosen = names.length === 0 ? cases : cases.filter(({ name }) => names.includes(name));
  const machine = thisMachine();
  process.stdout.write(`${machineText(machine)}\n\n`);
  const results: Record<string, BenchResult> = {};
  const texts: string[] = [];
  for (const one of chosen) {
    const result = await runCase(one, quick);
    results[one.name] = result;
    const text = caseText(one, result);
    texts.push(text);
    process.stdout.write(`${text}\n`);
  }
  const folder = join(projectDir, 'test-results');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'bench.json'), `${JSON.stringify({ machine, quick, results }, null, 2)}\n`);
  await writeFile(join(folder, 'bench.md'), `${machineText(machine)}\n\n${texts.join('\n')}`);
  process.stdout.write('Every value is in test-results/bench.json.\n');
  return 0;
}

async function runCase(one: BenchCase, quick: boolean): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-bench-'));
  const cleanUps: (() => unknown)[] = [];
  try {
    return await one.run({
      folder,
      quick,
      rounds: quick ? 2 : 7,
      afterwards: (cleanUp) => cleanUps.push(cleanUp),
    });
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
    await rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main(process.argv.slice(2));
