import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentBuild, RunningAgent } from '../integration/agent/agent-process.ts';
import { buildAgent } from '../integration/agent/agent-process.ts';
import { LineClient } from '../integration/agent/line-client.ts';
import { TunnelTarget, World } from '../integration/led/world.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { recordFaults } from './support/faults.ts';
import type { LedApp } from './support/led-app.ts';
import { openLedPage } from './support/led-app.ts';

let build: AgentBuild;
let agent: RunningAgent;
let world: World;
let app: LedApp;
const faults: string[] = [];

beforeAll(async () => {
  build = await buildAgent();
  agent = await build.start();
  world = new World(undefined, 'practice');
  app = await openLedPage(world);
  recordFaults(app.page, faults);
});
afterAll(async () => {
  await app.dispose();
  await world.service.dispose();
  await build.dispose();
  expect(faults).toEqual([]);
});

const lamp = (state: 'on' | 'off' | 'unknown') => app.page.locator(`[data-led="${state}"]`).first().waitFor();
const button = (name: string) => app.page.getByRole('button', { name, exact: true });
const heading = (name: string) => app.page.getByRole('heading', { level: 2, name, exact: true }).waitFor();

describe('a device without an agent', () => {
  test('asks for a sign-in, then for a deployment, and shows the wiring meanwhile', async () => {
    await button('Sign in').waitFor();
    await lamp('unknown');
    world.signIn(new TunnelTarget('local'));
    await app.page.getByRole('link', { name: 'Deploy the agent' }).waitFor();
    await app.page.getByText('The next deployment uses header pin 13 = GPIO27.').waitFor();
    await app.screenshot('led-no-agent');
  });
});

describe('a device with an agent', () => {
  test('shows the LED off, then lit when On was answered', async () => {
    world.deploy({ ledPort: agent.ledPort });
    await heading('Off');
    await lamp('off');
    await button('On').click();
    await heading('On');
    await lamp('on');
    expect(await button('On').getAttribute('aria-pressed')).toBe('true');
    await app.page.getByText('GPIO27 reads back 1').waitFor();
    await app.page.getByText('On the wire: sent ON, received OK ON').waitFor();
    await app.screenshot('led-on');
  });

  test('Off puts it out, and On lights it again', async () => {
    await button('Off').click();
    await lamp('off');
    await heading('Off');
    await app.page.getByText('On the wire: sent OFF, received OK OFF').waitFor();
    await button('On').click();
    await lamp('on');
  });

  test('says in two places that a simulated LED is no real one', async () => {
    await app.page.getByText('Simulated', { exact: true }).first().waitFor();
    await app.page.getByText('no real pin is switched').waitFor();
  });

  test('follows another program that switches it, and shows that program', async () => {
    const other = await LineClient.connect(agent.ledPort);
    await other.ask('OFF');
    await lamp('off');
    await other.ask('ON');
    await lamp('on');
    await app.page.getByText(`127.0.0.1:${other.socket.localPort}`).waitFor();
    other.destroy();
  });

  test('toggles, blinks at the chosen rate, changes the rate at once, and stops', async () => {
    await button('Toggle').click();
    await lamp('off');
    await button('Blink').click();
    await app.page.getByText('GPIO27 is 250 ms on, 250 ms off.').waitFor();
    await app.page.getByRole('radio', { name: '5', exact: true }).check({ force: true });
    await app.page.getByText('GPIO27 is 100 ms on, 100 ms off.').waitFor();
    await lamp('on');
    await lamp('off');
    await button('Stop blinking').click();
    await heading('Off');
  });

  test('shows an error of the agent in words until it is dismissed', async () => {
    await button('Find this Pi').click();
    await app.page.getByText('This computer has no activity LED that can be blinked.').waitFor();
    await button('Dismiss').click();
    await app.page.getByText('This computer has no activity LED that can be blinked.').waitFor({ state: 'detached' });
  });
});

describe('the header', () => {
  const pin = (header: number) => app.page.locator(`[data-header="${header}"]`);

  test('shows what else sits on a pin under the pointer', async () => {
    await pin(3).hover();
    await app.page.getByText('Also used for: I2C data (SDA1).').waitFor();
    await pin(6).hover();
    await app.page.getByRole('heading', { name: 'Ground header pin 6' }).waitFor();
  });

  test('refuses power and ground with a sentence', async () => {
    await pin(1).click({ force: true });
    await app.page
      .getByRole('status')
      .getByText('Header pin 1 is 3V3 power, always on: it cannot be switched.')
      .waitFor();
    expect(await pin(13).getAttribute('aria-checked')).toBe('true');
  });

  test('chooses the pin that is clicked and wires the LED to it and to a ground pin', async () => {
    const wire = () => app.page.locator('.signal-wire').getAttribute('d');
    const ground = app.page.locator('.pin.used');
    const before = { wire: await wire(), ground: await ground.getAttribute('data-header') };
    await pin(11).click();
    await expect.poll(() => pin(11).getAttribute('aria-checked')).toBe('true');
    expect(await wire()).not.toBe(before.wire);
    expect(await ground.getAttribute('aria-label')).toMatch(/, Ground$/);
    await button('Back to GPIO27').click();
    await expect.poll(wire).toBe(before.wire);
    expect(await ground.getAttribute('data-header')).toBe(before.ground);
  });

  test('is used by keyboard alone', async () => {
    await pin(13).focus();
    for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight', 'ArrowLeft', 'ArrowDown'])
      await app.page.keyboard.press(key);
    await app.page.getByRole('heading', { name: 'GPIO17 header pin 11' }).waitFor();
    await app.page.keyboard.press('Enter');
    expect(await pin(11).getAttribute('aria-checked')).toBe('true');
    await app.page.getByText('The agent still drives GPIO27').waitFor();
    await app.screenshot('led-pin-chosen');
    expect(await app.page.getByRole('link', { name: 'Use GPIO17' }).getAttribute('href')).toBe(
      '#/device/practice/agent?bcm=17',
    );
    await button('Back to GPIO27').click();
    expect(await pin(13).getAttribute('aria-checked')).toBe('true');
  });
});

describe('an agent that goes away', () => {
  test('leaves the LED unknown and says so, and the page comes back with the agent', async () => {
    await button('On').click();
    await lamp('on');
    agent.signal('SIGTERM');
    await agent.exited;
    await lamp('unknown');
    await app.page.getByText('The agent cannot be reached').waitFor();
    await app.screenshot('led-unreachable');
    agent = await build.start(['--driver', 'simulated', '--port', String(agent.ledPort)]);
    await heading('Off');
  });

  test('is told apart from an agent whose pin does not work', async () => {
    agent.signal('SIGTERM');
    await agent.exited;
    const folder = dirname(build.file);
    agent = await build.start(['--sysfs-root', join(folder, 'none'), '--port', String(agent.ledPort)], {
      PATH: folder,
    });
    await app.page.getByText('The agent runs, but its pin does not work').waitFor();
    await app.screenshot('led-no-gpio');
    agent.signal('SIGTERM');
    await agent.exited;
    agent = await build.start(['--driver', 'simulated', '--port', String(agent.ledPort)]);
    await heading('Off');
  });
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each([1280, 768, 360])('axe finds nothing and nothing overflows at %i px', async (width) => {
    await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await app.page.setViewportSize({ width, height: 900 });
    await button('On').click();
    await lamp('on');
    await app.screenshot(`led-${theme}-${width}`);
    expect(await barriers(app.page)).toEqual(noBarriers);
  });
});
