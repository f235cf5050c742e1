import { expect } from 'vitest';
import type { Sshd } from '../../integration/support/sshd.ts';
import type { RunningApp } from './app.ts';
import { barriers, noBarriers } from './axe.ts';

/** Adds an sshd to the list of devices, as a person does. */
export async function addDevice({ page, open }: RunningApp, label: string, user: string, port: number): Promise<void> {
  await open('#/devices');
  await page.getByRole('button', { name: 'Add a device', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Host name or address').fill('127.0.0.1');
  await dialog.getByLabel('User name').fill(user);
  await dialog.getByLabel('SSH port').fill(String(port));
  await dialog.getByLabel('Label').fill(label);
  await dialog.getByRole('button', { name: 'Add device' }).click();
  await page.getByRole('heading', { level: 1, name: label }).waitFor();
}

/** Types the password into the sign-in that is open, for a host whose key is not known yet. */
export async function signIn({ page }: RunningApp, { password }: Sshd): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Password' }).fill(password);
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Accept and sign in', exact: true }).click();
}

/** Neither theme nor a narrow window may hide or break what is shown. */
export async function look({ page, screenshot }: RunningApp, name: string): Promise<void> {
  // A tooltip is not what is looked at.
  await page.mouse.move(0, 0);
  for (const width of [1280, 360]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 1400 });
      // Colours change over a moment when the theme does.
      await page.waitForTimeout(300);
      await screenshot(`${name}-${colorScheme}-${width}`);
      expect(await barriers(page)).toEqual(noBarriers);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 900 });
}
