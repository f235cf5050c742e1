import type { LedSnapshot } from '../../../src-main/api/led.ts';
import { durationText } from '../../ui/text-format.ts';
import type { Tone } from '../../ui/tone.ts';

/** The LED's state as a heading and a sentence below it. */
export function stateWords(snapshot: LedSnapshot | null): { readonly title: string; readonly detail: string } {
  if (snapshot === null || snapshot.level === 'unknown') {
    return { title: 'Level unknown', detail: 'The level is shown as soon as the agent reads it from the pin.' };
  }
  const { activity, agent, level } = snapshot;
  const pin = agent === null ? 'The pin' : `GPIO${agent.bcm}`;
  if (activity.kind === 'blink') {
    const phase = durationText(activity.phaseMs);
    return { title: 'Blinking', detail: `${pin} is ${phase} on, ${phase} off.` };
  }
  if (activity.kind === 'pulse') {
    return { title: 'Pulse', detail: `${pin} is on for ${durationText(activity.onMs)}.` };
  }
  const bit = level === 'on' ? 1 : 0;
  const volts = agent?.simulated ? '' : level === 'on' ? ': 3.3 V on the pin' : ': 0 V on the pin';
  return { title: level === 'on' ? 'On' : 'Off', detail: `${pin} reads back ${bit}${volts}.` };
}

/** How the connection to the agent stands. */
export function connectionWords(snapshot: LedSnapshot | null): { readonly tone: Tone; readonly label: string } {
  switch (snapshot?.connection.kind) {
    case 'connected':
      return { tone: 'good', label: snapshot.connection.route === 'tunnel' ? 'Connected through SSH' : 'Connected' };
    case 'waiting':
      return { tone: 'bad', label: 'Not connected, trying again' };
    case 'no-agent':
      return { tone: 'neutral', label: 'No agent yet' };
    case 'signed-out':
      return { tone: 'neutral', label: 'Not signed in' };
    default:
      return { tone: 'info', label: 'Connecting' };
  }
}

/** How the agent drives the pin. */
const DRIVERS: Readonly<Record<string, string>> = {
  onoff: 'onoff (sysfs)',
  gpiod: 'gpioset (libgpiod)',
  pinctrl: 'pinctrl',
  simulated: 'Simulated: no pin is switched',
  none: 'none works on this device',
};

export function driverWords(driver: string): string {
  return DRIVERS[driver] ?? driver;
}

/** `3 h 20 min`, for an uptime in seconds. */
export function uptimeWords(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}
