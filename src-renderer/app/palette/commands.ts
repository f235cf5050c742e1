import Cpu from '@lucide/svelte/icons/cpu';
import GraduationCap from '@lucide/svelte/icons/graduation-cap';
import Info from '@lucide/svelte/icons/info';
import Keyboard from '@lucide/svelte/icons/keyboard';
import Lightbulb from '@lucide/svelte/icons/lightbulb';
import LightbulbOff from '@lucide/svelte/icons/lightbulb-off';
import LogIn from '@lucide/svelte/icons/log-in';
import LogOut from '@lucide/svelte/icons/log-out';
import Monitor from '@lucide/svelte/icons/monitor';
import Repeat from '@lucide/svelte/icons/repeat-2';
import Rocket from '@lucide/svelte/icons/rocket';
import SunMoon from '@lucide/svelte/icons/sun-moon';
import Waves from '@lucide/svelte/icons/waves';
import type { Device } from '../../../src-main/api/contract/devices.ts';
import type { LedSnapshot } from '../../../src-main/api/led.ts';
import { client } from '../../state/client.svelte.ts';
import { devices } from '../../state/devices.svelte.ts';
import { overlay } from '../../state/overlay.svelte.ts';
import { DEPLOY_MANY_HREF, deviceHref, screenHref, SCREENS } from '../../state/route.ts';
import { router } from '../../state/router.svelte.ts';
import { settings } from '../../state/settings.svelte.ts';
import { signIn } from '../../state/sign-in.svelte.ts';
import { toast, type IconComponent } from '../../ui/index.ts';
import { deviceTabNames, screenNames } from '../screens.ts';
import { deviceErrands, screenErrands } from './errand-commands.ts';
import type { Searchable } from './rank.ts';

/** Something the palette can do. */
export interface Command extends Searchable {
  readonly id: string;
  readonly group: 'Devices' | 'Screens' | 'Actions';
  readonly icon: IconComponent;
  readonly keys?: readonly string[];
  run(): void;
}

/** Every command, for the devices in the list and the device at hand: the open one, or the one opened last. */
export function allCommands(): readonly Command[] {
  const { route } = router;
  const at = route.screen === 'device' ? route.deviceId : settings.current?.lastDeviceId;
  const current = devices.all.find(({ id }) => id === at) ?? devices.all[0];
  return [
    ...(current ? tabCommands(current) : []),
    ...devices.all.filter((device) => device !== current).map(openCommand),
    ...screenCommands(),
    ...(current ? deviceActions(current) : []),
    ...screenErrands(),
    ...(devices.all.length > 1 ? [deployToSeveral] : []),
    ...appActions(),
  ];
}

/** Shows a screen and begins reading there. */
function goTo(href: string): void {
  router.go(href);
  document.getElementById('main')?.focus();
}

const iconOf = (device: Device): IconComponent => (device.kind === 'practice' ? Monitor : Cpu);
const whereOf = (device: Device): string =>
  device.kind === 'practice' ? 'simulated' : `${device.user}@${device.host}`;

function openCommand(device: Device): Command {
  return {
    id: `open ${device.id}`,
    group: 'Devices',
    icon: iconOf(device),
    label: device.label,
    detail: whereOf(device),
    run: () => goTo(deviceHref(device.id)),
  };
}

function tabCommands(device: Device): Command[] {
  return deviceTabNames.map(({ name, label }) => ({
    id: `tab ${name}`,
    group: 'Devices',
    icon: iconOf(device),
    label: `${device.label}: ${label}`,
    detail: whereOf(device),
    run: () => goTo(deviceHref(device.id, name)),
  }));
}

function screenCommands(): Command[] {
  return SCREENS.map((screen, index) => ({
    id: `screen ${screen}`,
    group: 'Screens',
    ...screenNames[screen],
    keys: ['alt', 'shift', String(index + 1)],
    run: () => goTo(screenHref(screen)),
  }));
}

function deviceActions(device: Device): Command[] {
  const signedIn = device.connection.kind === 'signed-in';
  if (device.kind === 'ssh' && !signedIn) return [signInCommand(device), ...deviceErrands(device)];
  return [
    ledCommand(device, 'on', 'Switch the LED on', Lightbulb),
    ledCommand(device, 'off', 'Switch the LED off', LightbulbOff),
    ledCommand(device, 'toggle', 'Toggle the LED', Repeat),
    ...deviceErrands(device),
    ...(device.kind === 'ssh' ? [signOutCommand(device)] : []),
  ];
}

function signInCommand({ id, label }: Device): Command {
  return {
    id: 'sign in',
    group: 'Actions',
    icon: LogIn,
    label: `Sign in to ${label}`,
    keywords: ['ssh', 'connect', 'password'],
    run: () => void signIn.reconnect(id),
  };
}

function signOutCommand({ id, label }: Device): Command {
  return {
    id: 'sign out',
    group: 'Actions',
    icon: LogOut,
    label: `Sign out of ${label}`,
    keywords: ['ssh', 'disconnect'],
    run: () => void signIn.signOut(id),
  };
}

const deployToSeveral: Command = {
  id: 'deploy-many',
  group: 'Actions',
  icon: Rocket,
  label: 'Deploy to several devices',
  run: () => goTo(DEPLOY_MANY_HREF),
};

function ledCommand(device: Device, kind: 'on' | 'off' | 'toggle', label: string, icon: IconComponent): Command {
  return {
    id: `led ${kind}`,
    group: 'Actions',
    icon,
    label,
    detail: device.label,
    keywords: ['lamp', 'light', 'gpio'],
    run: () => void switchLed(device, kind),
  };
}

async function switchLed({ id: deviceId, label }: Device, kind: 'on' | 'off' | 'toggle'): Promise<void> {
  try {
    await agentFound(deviceId);
    const { level, agent } = await client.call('led.command', { deviceId, order: { kind } });
    toast.good(`The ${agent?.simulated ? 'simulated ' : ''}LED of ${label} is ${level}`);
  } catch (thrown) {
    toast.bad(thrown);
  }
}

/** Until the first connection to the agent came about, or failed. */
async function agentFound(deviceId: string): Promise<void> {
  let stop = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (snapshot: LedSnapshot): void => {
        if (snapshot.deviceId === deviceId && snapshot.connection.kind !== 'connecting') resolve();
      };
      stop = client.on('led.changed', look);
      client.call('led.watch', { deviceId }).then(look, reject);
    });
  } finally {
    stop();
  }
}

function appActions(): Command[] {
  const themes = { system: 'as the system', light: 'light', dark: 'dark' } as const;
  const theme = (Object.keys(themes) as (keyof typeof themes)[]).map((name): Command => ({
    id: `theme ${name}`,
    group: 'Actions',
    icon: SunMoon,
    label: `Theme: ${themes[name]}`,
    keywords: ['colours', 'appearance', 'mode'],
    run: () => void settings.update({ theme: name }),
  }));
  const lessMotion = settings.current?.motion === 'reduce';
  return [
    ...theme,
    {
      id: 'motion',
      group: 'Actions',
      icon: Waves,
      label: lessMotion ? 'Motion as the system asks' : 'Reduce motion',
      keywords: ['animations'],
      run: () => void settings.update({ motion: lessMotion ? 'system' : 'reduce' }),
    },
    {
      id: 'shortcuts',
      group: 'Actions',
      icon: Keyboard,
      label: 'Keyboard shortcuts',
      keys: ['main', '/'],
      run: () => overlay.show('shortcuts'),
    },
    {
      id: 'tour',
      group: 'Actions',
      icon: GraduationCap,
      label: 'Start the tour',
      keywords: ['help', 'first steps', 'practice'],
      run: () => void settings.update({ tourDone: false }),
    },
    {
      id: 'about',
      group: 'Actions',
      icon: Info,
      label: 'About Pi Workbench',
      keywords: ['version', 'licences'],
      run: () => overlay.show('about'),
    },
  ];
}
