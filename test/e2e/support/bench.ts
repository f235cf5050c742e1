import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { startSshd, type Sshd, type SshdOptions } from '../../integration/support/sshd.ts';
import { startApp, type RunningApp } from './app.ts';
import { recordFaults } from './faults.ts';
import { look } from './look.ts';

/** Pages of a device are long: pictures of them show all of it. */
const LONG = 1400;

export interface BenchOptions extends SshdOptions {
  /** Puts files into both home folders before the app starts. */
  readonly prepare?: (bench: { readonly home: string; readonly sshd: Sshd }) => Promise<void>;
}

/** A person's home folder, a Pi played by a real sshd, and the app, used as a person uses it. */
export class Bench {
  readonly app: RunningApp;
  readonly sshd: Sshd;
  readonly home: string;
  /** What went wrong in the page so far. */
  readonly faults: string[] = [];

  private constructor(app: RunningApp, sshd: Sshd, home: string) {
    this.app = app;
    this.sshd = sshd;
    this.home = home;
    recordFaults(app.page, this.faults);
  }

  static async start({ prepare, ...options }: BenchOptions = {}): Promise<Bench> {
    const home = await mkdtemp(join(tmpdir(), 'pi-workbench-home-'));
    process.env['HOME'] = home;
    const sshd = await startSshd(options);
    await prepare?.({ home, sshd });
    return new Bench(await startApp(), sshd, home);
  }

  /** Ends everything; fails when something went wrong in the page. */
  async stop(): Promise<void> {
    await this.app.stop();
    await this.sshd.stop();
    await rm(this.home, { recursive: true, force: true });
    expect(this.faults).toEqual([]);
  }

  get page(): Page {
    return this.app.page;
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Until a text is shown. */
  text(words: string | RegExp): Promise<void> {
    return this.page.getByText(words).first().waitFor();
  }

  /** Adds the Pi to the list of devices; another port than its own is that of a Pi which is off. */
  async addDevice(label: string, port = this.sshd.port): Promise<void> {
    await this.app.open('#/devices');
    await this.button('Add a device').click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('Host name or address').fill('127.0.0.1');
    await dialog.getByLabel('User name').fill(this.sshd.user);
    await dialog.getByLabel('SSH port').fill(String(port));
    await dialog.getByLabel('Label').fill(label);
    await dialog.getByRole('button', { name: 'Add device' }).click();
    await this.page.getByRole('heading', { level: 1, name: label }).waitFor();
  }

  /** Types the password into the sign-in that is open, for a host whose key is not known yet. */
  async signIn(): Promise<void> {
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Password' }).fill(this.sshd.password);
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
    await this.button('Accept and sign in').click();
    await dialog.waitFor({ state: 'detached' });
  }

  /** Adds the Pi and signs in on its Agent page. */
  async openAgentPage(label: string): Promise<void> {
    await this.addDevice(label);
    await this.page.getByRole('link', { name: 'Agent', exact: true }).click();
    await this.button('Sign in').last().click();
    await this.signIn();
    await this.text('No agent yet');
  }

  /** Neither theme nor a narrow window may hide or break what is shown. */
  look(name: string): Promise<void> {
    return look(this.app, name, LONG);
  }
}
