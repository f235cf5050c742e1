import { appCalls, appEvents } from './contract/app.ts';
import { consoleCalls, consoleEvents } from './contract/console.ts';
import { deployCalls, deployEvents } from './contract/deploy.ts';
import { devicesCalls, devicesEvents } from './contract/devices.ts';
import { discoveryCalls, discoveryEvents } from './contract/discovery.ts';
import { dnsCalls, dnsEvents } from './contract/dns.ts';
import { doctorCalls, doctorEvents } from './contract/doctor.ts';
import { echoCalls, echoEvents } from './contract/echo.ts';
import { ledCalls, ledEvents } from './contract/led.ts';
import { networkCalls, networkEvents } from './contract/network.ts';
import { sshCalls, sshEvents } from './contract/ssh.ts';
import { terminalCalls, terminalEvents } from './contract/terminal.ts';

/** Every call a page can make, by name. */
export const calls = {
  ...appCalls,
  ...devicesCalls,
  ...sshCalls,
  ...networkCalls,
  ...deployCalls,
  ...ledCalls,
  ...consoleCalls,
  ...dnsCalls,
  ...echoCalls,
  ...discoveryCalls,
  ...doctorCalls,
  ...terminalCalls,
};

/** Every event a page can hear, by name. */
export const events = {
  ...appEvents,
  ...devicesEvents,
  ...sshEvents,
  ...networkEvents,
  ...deployEvents,
  ...ledEvents,
  ...consoleEvents,
  ...dnsEvents,
  ...echoEvents,
  ...discoveryEvents,
  ...doctorEvents,
  ...terminalEvents,
};

export type Calls = typeof calls;
export type Events = typeof events;
