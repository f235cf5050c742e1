import Activity from '@lucide/svelte/icons/activity';
import Ear from '@lucide/svelte/icons/ear';
import Globe from '@lucide/svelte/icons/globe';
import Plug from '@lucide/svelte/icons/plug';
import Plus from '@lucide/svelte/icons/plus';
import Radar from '@lucide/svelte/icons/radar';
import Rocket from '@lucide/svelte/icons/rocket';
import SquareTerminal from '@lucide/svelte/icons/square-terminal';
import Stethoscope from '@lucide/svelte/icons/stethoscope';
import type { Device } from '../../../src-main/api/contract/devices.ts';
import { sendOn, type Errand } from '../../state/errand.svelte.ts';
import { deviceHref, screenHref, type DeviceTab, type Screen } from '../../state/route.ts';
import type { IconComponent } from '../../ui/index.ts';
import type { Command } from './commands.ts';

interface Sending {
  readonly errand: Errand;
  readonly label: string;
  readonly icon: IconComponent;
  readonly keywords?: readonly string[];
}

const ON_SCREENS: readonly (Sending & { readonly screen: Screen })[] = [
  { errand: 'add-device', screen: 'devices', label: 'Add a device', icon: Plus, keywords: ['new', 'raspberry'] },
  { errand: 'find-devices', screen: 'devices', label: 'Find devices', icon: Radar, keywords: ['search', 'discover'] },
  {
    errand: 'connect',
    screen: 'console',
    label: 'Connect to a host',
    icon: Plug,
    keywords: ['socket', 'tcp', 'client'],
  },
  { errand: 'listen', screen: 'console', label: 'Listen on a port', icon: Ear, keywords: ['socket', 'tcp', 'server'] },
  { errand: 'look-up', screen: 'dns', label: 'Look up a name', icon: Globe, keywords: ['dns', 'resolve'] },
  { errand: 'echo', screen: 'echo', label: 'Test an echo server', icon: Activity, keywords: ['round trip', 'latency'] },
];

const ON_DEVICES: readonly (Sending & { readonly tab: DeviceTab })[] = [
  { errand: 'deploy', tab: 'agent', label: 'Deploy the agent', icon: Rocket, keywords: ['install', 'update'] },
  { errand: 'python', tab: 'terminal', label: 'Python here', icon: SquareTerminal, keywords: ['shell', 'terminal'] },
  { errand: 'examine', tab: 'doctor', label: 'Examine this device', icon: Stethoscope, keywords: ['doctor', 'broken'] },
];

/** The main action of every screen of the rail. */
export function screenErrands(): Command[] {
  return ON_SCREENS.map(({ screen, ...sending }) => commandOf(sending, screenHref(screen)));
}

/** The main actions on a device beside those of its LED. */
export function deviceErrands(device: Device): Command[] {
  return ON_DEVICES.map(({ tab, ...sending }) => ({
    ...commandOf(sending, deviceHref(device.id, tab)),
    detail: device.label,
  }));
}

function commandOf({ errand, ...words }: Sending, href: string): Command {
  const run = (): void => {
    // Reading begins in the screen, unless what it does there moves the focus on.
    document.getElementById('main')?.focus();
    sendOn(errand, href);
  };
  return { id: errand, group: 'Actions', ...words, run };
}
