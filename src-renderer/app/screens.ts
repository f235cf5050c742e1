import Activity from '@lucide/svelte/icons/activity';
import Cpu from '@lucide/svelte/icons/cpu';
import Globe from '@lucide/svelte/icons/globe';
import Settings from '@lucide/svelte/icons/settings';
import SquareTerminal from '@lucide/svelte/icons/square-terminal';
import type { Component } from 'svelte';
import type { DeviceTab, Route, Screen } from '../state/route.ts';
import type { IconComponent } from '../ui/index.ts';

/** Loads a view the first time it is opened. */
export type Loader<P extends Record<string, unknown>> = () => Promise<{ default: Component<P> }>;

type PlainScreen = Exclude<Route['screen'], 'device'>;

/** The view of each screen; each is a chunk of its own, so that first paint loads only what it shows. */
export const screens: Record<PlainScreen, Loader<Record<string, never>>> = {
  devices: () => import('../views/devices/DevicesView.svelte'),
  console: () => import('../views/console/ConsoleView.svelte'),
  dns: () => import('../views/dns/DnsView.svelte'),
  echo: () => import('../views/echo/EchoView.svelte'),
  settings: () => import('../views/settings/SettingsView.svelte'),
  'deploy-many': () => import('../views/deploy-many/DeployManyView.svelte'),
  showcase: () => import('../views/showcase/ShowcaseView.svelte'),
};

/** What each screen of the rail is called; the rail shows them in the order of `SCREENS`. */
export const screenNames: Record<Screen, { readonly label: string; readonly icon: IconComponent }> = {
  devices: { label: 'Devices', icon: Cpu },
  console: { label: 'Console', icon: SquareTerminal },
  dns: { label: 'DNS', icon: Globe },
  echo: { label: 'Echo', icon: Activity },
  settings: { label: 'Settings', icon: Settings },
};

/** The view of each tab of a device. */
export const deviceTabs: Record<DeviceTab, Loader<{ deviceId: string }>> = {
  overview: () => import('../views/overview/OverviewView.svelte'),
  network: () => import('../views/network/NetworkView.svelte'),
  led: () => import('../views/led/LedView.svelte'),
  terminal: () => import('../views/terminal/TerminalView.svelte'),
  agent: () => import('../views/agent/AgentView.svelte'),
  doctor: () => import('../views/doctor/DoctorView.svelte'),
};

/** The tabs of a device that are shown, in this order: Overview, Network, Agent, LED, Terminal, Doctor. */
export const deviceTabNames: readonly { readonly name: DeviceTab; readonly label: string }[] = [
  { name: 'overview', label: 'Overview' },
  { name: 'network', label: 'Network' },
  { name: 'agent', label: 'Agent' },
  { name: 'led', label: 'LED' },
  { name: 'terminal', label: 'Terminal' },
  { name: 'doctor', label: 'Doctor' },
];
