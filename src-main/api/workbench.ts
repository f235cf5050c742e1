import { ConsoleService, SnippetStore } from '../console/index.ts';
import { DeployMany, DeployService, OptionsStore, RuntimeStore, type DeploySnapshot } from '../deploy/index.ts';
import { DeviceStore, PRACTICE_DEVICE_ID, SignInService } from '../devices/index.ts';
import { DiscoveryService } from '../discovery/index.ts';
import { DnsHistory, DnsService, historySchema } from '../dns/index.ts';
import { EchoService } from '../echo/index.ts';
import { DoctorService } from '../doctor/index.ts';
import type { AppError } from '../errors/index.ts';
import { Signal, type Observable } from '../events/index.ts';
import { LedService } from '../led/index.ts';
import { NetworkService } from '../network/index.ts';
import { Notices, SettingsStore } from '../settings/index.ts';
import { JsonFile, makePrivateFolder } from '../storage/index.ts';
import { LocalTarget } from '../target/local/index.ts';
import { TargetRegistry } from '../target/registry.ts';
import { DroppedFiles, TerminalService } from '../terminal/index.ts';
import { join } from 'node:path';
import { agentStates } from './agent-states.ts';
import { calls, type Calls, type Events } from './contract.ts';
import type { Handlers, Publish } from './definition.ts';
import { DisposalStack } from './disposal-stack.ts';
import { appPart } from './handlers/app.ts';
import { consolePart } from './handlers/console.ts';
import { deployPart } from './handlers/deploy.ts';
import { devicesPart } from './handlers/devices.ts';
import { discoveryPart } from './handlers/discovery.ts';
import { dnsPart } from './handlers/dns.ts';
import { doctorPart } from './handlers/doctor.ts';
import { echoPart } from './handlers/echo.ts';
import { ledPart } from './handlers/led.ts';
import { networkPart } from './handlers/network.ts';
import { sshPart } from './handlers/ssh.ts';
import { terminalPart } from './handlers/terminal.ts';
import { askLocalNames, resolversOfThisComputer } from './local-resolvers.ts';
import type { PublishedEvent, ServedContract } from './server.ts';
import type { Surroundings } from './services.ts';

/** The whole app without a window: its contract, served by its services. */
export interface Workbench extends ServedContract<Calls> {
  /** What the shells themselves need. */
  readonly settings: SettingsStore;
  readonly notices: Notices;
  readonly devices: Pick<DeviceStore, 'get'>;
  /** Each newest snapshot of a device's agent and of the work on it. */
  readonly deployments: Observable<DeploySnapshot>;
  /** Sends an event of the shell's own to the pages. */
  readonly publish: Publish<Pick<Events, 'app.openPage' | 'app.openAbout'>>;
  /** Ends every part and service, the last one made first. */
  dispose(): Promise<void>;
}

export interface WorkbenchOptions {
  readonly onUnexpected?: (error: AppError, call: string) => void;
}

/**
 * Makes the services, wires each part of the contract to its service and joins the parts. To add a part: make its
 * service under "services" (with `closing.add` when it holds something), its part under "parts", and spread its handlers
 * at the end; the compiler says when a call has no handler.
 */
export async function createWorkbench(surroundings: Surroundings, options: WorkbenchOptions = {}): Promise<Workbench> {
  const events = new Signal<PublishedEvent>();
  const publish: Publish<Events> = (name, payload) => events.emit({ name, payload });
  const closing = new DisposalStack();
  try {
    const { dataDir } = surroundings;
    await makePrivateFolder(dataDir);

    // Services
    const notices = new Notices();
    const settings = await SettingsStore.open(dataDir, notices.addSetAside);
    const devices = await DeviceStore.open(dataDir, notices.addSetAside);
    const targets = closing.add(new TargetRegistry(new LocalTarget({ deviceId: PRACTICE_DEVICE_ID })));
    const { homeDir, secrets } = surroundings;
    const terminals = closing.add(new TerminalService({ targets }));
    const droppedFiles = closing.add(new DroppedFiles({ targets, folder: join(dataDir, 'dropped') }));
    const localResolvers = resolversOfThisComputer(surroundings.networks);
    const askName = askLocalNames(localResolvers);
    const signIn = closing.add(new SignInService({ devices, targets, secrets, dataDir, homeDir, askName }));
    const dnsHistory = new DnsHistory(
      new JsonFile({
        path: join(dataDir, 'dns-history.json'),
        schema: historySchema,
        fallback: [],
        onSetAside: notices.addSetAside,
      }),
    );
    const dns = new DnsService({ local: localResolvers, targets, history: dnsHistory });
    const network = new NetworkService({ targets });
    const discovery = closing.add(
      new DiscoveryService({ networks: surroundings.networks, homeDir: surroundings.homeDir, devices }),
    );
    const deploy = closing.add(
      new DeployService({
        targets,
        options: await OptionsStore.open(dataDir, notices.addSetAside),
        dataDir,
        agentFile: surroundings.agentFile,
        practiceDeviceId: PRACTICE_DEVICE_ID,
        runtimes: new RuntimeStore({ carriedDir: surroundings.runtimeDir, cacheDir: join(dataDir, 'runtimes') }),
      }),
    );
    const many = closing.add(new DeployMany({ deploy, practiceDeviceId: PRACTICE_DEVICE_ID }));
    const led = closing.add(new LedService({ targets, endpoints: deploy }));
    const echo = closing.add(new EchoService({ folder: join(dataDir, 'echo'), targets, endpoints: deploy }));
    const console = new ConsoleService({
      folder: join(dataDir, 'console'),
      openTunnel: async (deviceId, host, port, signal) => targets.get(deviceId).connect(host, port, { signal }),
    });
    const doctor = new DoctorService({
      devices,
      targets,
      network,
      local: localResolvers,
      knownHosts: signIn.knownHosts,
      signIns: signIn,
      endpoints: deploy,
      agents: agentStates(deploy, targets),
    });
    const snippets = new SnippetStore(join(dataDir, 'snippets.json'), notices.addSetAside);

    // Parts
    const app = closing.add(appPart({ surroundings, settings, notices }, publish));
    const devicesOf = closing.add(devicesPart({ devices, signIn }, publish));
    const sshOf = closing.add(sshPart({ signIn }));
    const deployOf = closing.add(deployPart({ deploy, many, devices }, publish));
    const terminalOf = closing.add(terminalPart({ terminals, files: droppedFiles }));
    const dnsOf = closing.add(dnsPart({ dns, localResolvers }));
    const echoOf = closing.add(echoPart({ echo, devices }));
    const discoveryOf = closing.add(discoveryPart({ discovery }, publish));
    const networkOf = closing.add(networkPart({ network }));
    const ledOf = closing.add(ledPart({ led }, publish));
    const doctorOf = closing.add(doctorPart({ doctor }));
    const { dialogs } = surroundings;
    const consoleServices = { console, snippets, devices, targets, endpoints: deploy, dialogs, homeDir };
    const consoleOf = closing.add(consolePart(consoleServices, publish));

    const handlers: Handlers<Calls> = {
      ...app.handlers,
      ...devicesOf.handlers,
      ...sshOf.handlers,
      ...terminalOf.handlers,
      ...consoleOf.handlers,
      ...deployOf.handlers,
      ...dnsOf.handlers,
      ...echoOf.handlers,
      ...discoveryOf.handlers,
      ...networkOf.handlers,
      ...doctorOf.handlers,
      ...ledOf.handlers,
    };
    return {
      calls,
      handlers,
      events,
      settings,
      notices,
      devices,
      deployments: deploy.snapshots,
      publish,
      ...options,
      dispose: () => closing.dispose(),
    };
  } catch (thrown) {
    await closing.dispose();
    throw thrown;
  }
}
