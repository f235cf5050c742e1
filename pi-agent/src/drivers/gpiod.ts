import type { Level } from '../led-state.ts';
import type { DriverContext, GpioDriver, OpenDriver } from './driver.ts';
import { GpioError, gpioGroupAdvice } from './driver.ts';
import type { ToolsMajor } from './gpiod-tools.ts';
import {
  chipOfHeader,
  holdArguments,
  infoArguments,
  parseLevel,
  parseLineInfo,
  parseToolsVersion,
  readArguments,
} from './gpiod-tools.ts';
import { LineHolder } from './line-holder.ts';
import { endOrphanedHolders } from './orphans.ts';
import type { RunTool } from './tool.ts';

export interface GpiodOptions {
  readonly run: RunTool;
  readonly environment: NodeJS.ProcessEnv;
}

interface Tools {
  readonly run: RunTool;
  readonly major: ToolsMajor;
  readonly chip: string;
  readonly bcm: number;
}

/** The second driver to try: libgpiod's command-line tools, one `gpioset` kept running. */
export function gpiodDriver(options: GpiodOptions): OpenDriver {
  return async (context) => {
    const { major, chip } = await findChip(options.run, context);
    const tools: Tools = { run: options.run, major, chip, bcm: context.bcm };
    for (const pid of await endOrphanedHolders()) context.log(`ended the gpioset ${pid} of an agent that is gone`);
    await assertFree(tools, context);
    const holder = new LineHolder((level) => holdArguments(major, chip, context.bcm, level), options.environment);
    return holderDriver(tools, holder);
  };
}

/** Who holds a line, by `gpioinfo`; null when it is free or the tool cannot tell. */
export function consumerLookup(run: RunTool): (bcm: number) => Promise<string | null> {
  return async (bcm) => {
    const version = await run('gpioset', ['--version']);
    const major = version === null ? null : parseToolsVersion(version.stdout);
    const detected = await run('gpiodetect', []);
    const chip = detected === null ? null : chipOfHeader(detected.stdout);
    if (major === null || chip === null) return null;
    return (await lineInfo({ run, major, chip, bcm }))?.consumer ?? null;
  };
}

async function findChip(run: RunTool, context: DriverContext): Promise<{ major: ToolsMajor; chip: string }> {
  const version = await run('gpioset', ['--version']);
  if (version === null) throw new GpioError('no-gpio', 'gpioset is not installed (package gpiod)');
  const major = parseToolsVersion(version.stdout);
  if (major === null) throw new GpioError('no-gpio', `gpioset has no known version: "${firstLine(version.stdout)}"`);
  const detected = await run('gpiodetect', []);
  const chip = detected === null ? null : chipOfHeader(detected.stdout);
  if (chip !== null) return { major, chip };
  if (detected !== null && /permission denied/i.test(detected.stderr)) {
    throw new GpioError('not-permitted', `/dev/gpiochip* may not be opened; ${gpioGroupAdvice(context.userName)}`);
  }
  throw new GpioError('no-gpio', 'gpiodetect finds no chip that drives the 40-pin header');
}

async function lineInfo({ run, major, chip, bcm }: Tools): Promise<ReturnType<typeof parseLineInfo>> {
  const answer = await run('gpioinfo', infoArguments(major, chip));
  return answer === null ? null : parseLineInfo(answer.stdout, bcm);
}

/** How often a line that an ended holder may still be releasing is looked at. */
const RELEASE_TRIES = 10;
const RELEASE_POLL_MS = 50;

async function assertFree(tools: Tools, context: DriverContext): Promise<void> {
  let consumer: string | null = null;
  for (let tries = 0; tries < RELEASE_TRIES; tries += 1) {
    consumer = (await lineInfo(tools))?.consumer ?? null;
    if (consumer === null) return;
    await context.sleep(RELEASE_POLL_MS);
  }
  throw new GpioError('pin-busy', `GPIO${tools.bcm} is in use by ${consumer}; choose another pin or free it`);
}

function holderDriver(tools: Tools, holder: LineHolder): GpioDriver {
  return {
    name: 'gpiod',
    read: async () => holder.level ?? (await readFreeLine(tools)),
    write: (level) => holder.hold(level),
    close: async ({ keepLevel }) => {
      try {
        if (!keepLevel && holder.level === 1) await holder.hold(0);
      } finally {
        await holder.release();
      }
    },
  };
}

async function readFreeLine(tools: Tools): Promise<Level> {
  const { run, major, chip, bcm } = tools;
  // gpioget of version 1 turns an output into an input, which would switch a lit LED off just by asking.
  if (major === 1 && (await lineInfo(tools))?.direction === 'output') {
    throw new GpioError('gpio-failed', `GPIO${bcm} cannot be read without changing it; send ON or OFF first`);
  }
  const answer = await run('gpioget', readArguments(major, chip, bcm));
  const level = answer === null || answer.code !== 0 ? null : parseLevel(answer.stdout);
  if (level !== null) return level;
  const said = firstLine(answer?.stderr ?? '') || firstLine(answer?.stdout ?? '') || 'nothing';
  throw new GpioError('gpio-failed', `the level of GPIO${bcm} cannot be told: gpioget printed "${said}"`);
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
