import type { Device } from '../devices/index.ts';
import type { LocalResolvers } from '../dns/index.ts';
import type { AppError } from '../errors/index.ts';
import type { AgentEndpoint } from '../led/index.ts';
import { gatewaysOf, type NetworkSnapshot } from '../network/index.ts';
import type { KnownHostsStore } from '../ssh/index.ts';
import type { Target } from '../target/target.ts';
import { good, unknown, type Finding } from './finding.ts';
import {
  judgeAccess,
  judgeInstalled,
  judgeListening,
  judgePin,
  judgeProtocol,
  judgeRunning,
  type AgentState,
} from './interpret/agent.ts';
import { judgeCard, judgeDisk, judgePower } from './interpret/board.ts';
import { judgeAddress, judgeClock, judgeDns, judgeGateway, judgeLink } from './interpret/machine.ts';
import { judgeName, judgeNeighbour, judgePath, pathTo } from './interpret/reach.ts';
import { judgeBanner, judgeHostKey, judgeSignIn, type SignInFacts } from './interpret/ssh.ts';
import { probePin, talkToAgent, type AgentTalk } from './probes/agent.ts';
import { probeHostKey } from './probes/host-key.ts';
import { listeningOn } from './probes/listening.ts';
import { probeCard, probeClock, probeDisk, probeDns, probeGateway, probePower } from './probes/machine.ts';
import { findNeighbour } from './probes/neighbour.ts';
import { resolveHost } from './probes/resolve.ts';
import { judgeTcp } from './interpret/tcp.ts';
import { readBanner, tryTcp, type TcpOutcome } from './probes/tcp.ts';
import type { StepId } from './report.ts';

export interface DoctorTiming {
  /** Milliseconds for a TCP connection; default 5 000. */
  readonly connectMs: number;
  /** Milliseconds for the SSH banner; default 8 000. */
  readonly bannerMs: number;
}

/** What an examination needs of the rest of the app. */
export interface ExaminationTools {
  readonly device: Device;
  readonly target: Target | undefined;
  readonly local: LocalResolvers;
  readonly knownHosts: Pick<KnownHostsStore, 'judge' | 'typesOf'>;
  /** Why the device refused the last sign-in. */
  readonly refusal: AppError | null;
  /** The network of the device, or of this computer for null. */
  readonly readNetwork: (deviceId: string | null) => Promise<NetworkSnapshot>;
  readonly agentState: () => Promise<AgentState>;
  readonly endpoint: () => Promise<AgentEndpoint | null>;
  /** Toggles the LED twice when true. */
  readonly switchLed: boolean;
  readonly timing: DoctorTiming;
  readonly signal: AbortSignal;
}

export interface Check {
  readonly id: StepId;
  readonly title: string;
  readonly from: 'here' | 'device';
  /** Without these it cannot be looked at: when one of them is bad or was skipped, it is skipped. */
  readonly needs: readonly StepId[];
  run(): Promise<Finding>;
}

/** One run along the chain; what a check learns, later ones use. */
export class Examination {
  readonly #tools: ExaminationTools;
  #address = '';
  #here: NetworkSnapshot | null = null;
  #there: NetworkSnapshot | null = null;
  #isThere: boolean | null = null;
  #tcp: TcpOutcome | null = null;
  #state: AgentState | null = null;
  #endpoint: AgentEndpoint | null = null;
  #talk: AgentTalk | null = null;

  constructor(tools: ExaminationTools) {
    this.#tools = tools;
  }

  /** The checks that make sense for this device, in order. */
  checks(): readonly Check[] {
    const { device } = this.#tools;
    const reach = device.kind === 'practice' ? [] : this.#reachChecks();
    return [...reach, this.#signInCheck(), ...this.#machineChecks(), ...this.#agentChecks()];
  }

  /** Ends what is still open. */
  dispose(): void {
    this.#tcp?.socket?.destroy();
  }

  #reachChecks(): readonly Check[] {
    const here = (id: StepId, title: string, needs: readonly StepId[], run: () => Promise<Finding>): Check => ({
      id,
      title,
      from: 'here',
      needs,
      run,
    });
    return [
      here('name', 'Name is known', [], () => this.#name()),
      here('path', 'Same subnet, or a route', ['name'], () => this.#path()),
      here('neighbour', 'Neighbour answers', ['path'], () => this.#neighbour()),
      here('tcp', 'SSH port is open', ['path'], () => this.#tryTcp()),
      here('banner', 'SSH server answers', ['tcp'], () => this.#banner()),
      here('host-key', 'Host key is the known one', ['banner'], () => this.#hostKey()),
    ];
  }

  #signInCheck(): Check {
    return { id: 'sign-in', title: 'Signed in', from: 'here', needs: [], run: () => Promise.resolve(this.#signIn()) };
  }

  #machineChecks(): readonly Check[] {
    const { device } = this.#tools;
    const on = (id: StepId, title: string, run: (target: Target, signal: AbortSignal) => Promise<Finding>): Check => ({
      id,
      title,
      from: 'device',
      needs: ['sign-in'],
      run: () => run(this.#target(), this.#tools.signal),
    });
    return [
      on('link', 'Network link is up', async () => judgeLink(await this.#readThere())),
      on('address', 'Has a usable address', async () => judgeAddress(await this.#readThere())),
      on('gateway', 'Gateway answers', (target, signal) => this.#gateway(target, signal)),
      on('dns', 'DNS answers', async (target, signal) =>
        judgeDns(await this.#readThere(), await probeDns(target, signal)),
      ),
      on('clock', 'Clock is right', async (target, signal) => judgeClock(await probeClock(target, signal))),
      on('power', 'Power is enough', async (target, signal) => judgePower(await probePower(target, signal))),
      on('disk', 'Disk has space', async (target, signal) => judgeDisk(await probeDisk(target, signal))),
      on(
        'card',
        device.kind === 'practice' ? 'Disk can be written' : 'SD card can be written',
        async (target, signal) => judgeCard(await probeCard(target, signal)),
      ),
    ];
  }

  #agentChecks(): readonly Check[] {
    const on = (
      id: StepId,
      title: string,
      from: Check['from'],
      needs: readonly StepId[],
      run: () => Promise<Finding>,
    ): Check => ({ id, title, from, needs: ['sign-in', ...needs], run });
    return [
      on('agent-installed', 'Agent is installed', 'device', [], () => this.#installed()),
      on('agent-running', 'Agent’s service runs', 'device', ['agent-installed'], () => this.#running()),
      on('agent-listening', 'Agent’s port listens', 'device', ['agent-running'], () => this.#listening()),
      on('agent-access', 'Access mode lets this computer in', 'here', ['agent-listening'], () => this.#access()),
      on('agent-protocol', 'Agent speaks its protocol', 'here', ['agent-access'], () => this.#protocol()),
      on('agent-pin', 'Pin really changes', 'here', ['agent-protocol'], () => this.#pin()),
    ];
  }

  async #name(): Promise<Finding> {
    const { device, local, signal } = this.#tools;
    const facts = await resolveHost(device.host, { local, lastAddress: device.lastAddress, signal });
    this.#address = facts.addresses[0] ?? '';
    return judgeName(facts);
  }

  async #path(): Promise<Finding> {
    this.#here = await this.#tools.readNetwork(null);
    return judgePath(this.#address, pathTo(this.#address, this.#here));
  }

  async #neighbour(): Promise<Finding> {
    const path = this.#here && pathTo(this.#address, this.#here);
    if (path?.kind === 'own') return good('This computer needs no neighbour to reach itself.');
    if (path?.kind !== 'same-subnet') {
      return good('It is behind a router, so this computer does not see it as a neighbour.');
    }
    const { readNetwork, signal } = this.#tools;
    const facts = await findNeighbour(this.#address, () => readNetwork(null), signal);
    const finding = judgeNeighbour(this.#address, facts);
    this.#isThere = finding.verdict === 'good' ? true : finding.verdict === 'bad' ? false : null;
    return finding;
  }

  async #tryTcp(): Promise<Finding> {
    const { device, timing, signal } = this.#tools;
    this.#tcp = await tryTcp(this.#address, device.port, timing.connectMs, signal);
    const { code, durationMs } = this.#tcp;
    return judgeTcp({ address: this.#address, port: device.port, code, durationMs, isThere: this.#isThere });
  }

  async #banner(): Promise<Finding> {
    const { device, timing, signal } = this.#tools;
    const socket = this.#tcp?.socket;
    if (!socket) return unknown('There was no connection to listen to.');
    return judgeBanner(await readBanner(socket, { port: device.port, timeoutMs: timing.bannerMs, signal }));
  }

  async #hostKey(): Promise<Finding> {
    const { device, knownHosts, signal } = this.#tools;
    const place = { host: this.#address, port: device.port, name: device.host };
    return judgeHostKey(await probeHostKey(place, knownHosts, signal));
  }

  #signIn(): Finding {
    const { device, target, refusal } = this.#tools;
    const { connection } = device;
    const kind: SignInFacts['kind'] = device.kind === 'practice' ? 'local' : target ? 'signed-in' : connection.kind;
    return judgeSignIn({
      kind: kind === 'signed-in' && !target ? 'signed-out' : kind,
      name: target?.name ?? device.host,
      error: refusal ?? (connection.kind === 'disconnected' ? connection : null),
    });
  }

  #target(): Target {
    const { target } = this.#tools;
    if (!target) throw new Error('A check of the device ran without a sign-in.');
    return target;
  }

  async #readThere(): Promise<NetworkSnapshot> {
    this.#there ??= await this.#tools.readNetwork(this.#tools.device.id);
    return this.#there;
  }

  async #gateway(target: Target, signal: AbortSignal): Promise<Finding> {
    const snapshot = await this.#readThere();
    const address = gatewaysOf(snapshot.routes ?? []).find(({ inUse }) => inUse)?.address ?? null;
    return judgeGateway(snapshot, address === null ? null : await probeGateway(target, address, signal));
  }

  async #installed(): Promise<Finding> {
    this.#state = await this.#tools.agentState();
    return judgeInstalled(this.#state);
  }

  async #running(): Promise<Finding> {
    return this.#state ? judgeRunning(this.#state) : unknown('The state of its service is not known.');
  }

  async #listening(): Promise<Finding> {
    this.#endpoint = await this.#tools.endpoint();
    if (!this.#endpoint) return unknown('This app does not know on which port the agent listens.');
    const { ledPort: port, access } = this.#endpoint;
    return judgeListening({ port, access, addresses: await listeningOn(this.#target(), port, this.#tools.signal) });
  }

  async #access(): Promise<Finding> {
    if (!this.#endpoint) return unknown('This app does not know how the agent is reached.');
    this.#talk = await talkToAgent(this.#target(), this.#endpoint, this.#tools.signal);
    return judgeAccess(this.#talk.access);
  }

  async #protocol(): Promise<Finding> {
    if (!this.#talk) return unknown('The agent was not spoken to.');
    return judgeProtocol(this.#talk.health, this.#talk.protocolError as AppError | null);
  }

  async #pin(): Promise<Finding> {
    const route = this.#talk?.access.route;
    const health = this.#talk?.health;
    if (!this.#endpoint || !route || !health) return unknown('The agent was not spoken to.');
    if (!this.#tools.switchLed) return unknown('The LED was left alone: switching it was not asked for.');
    return judgePin(await probePin(this.#target(), this.#endpoint, { route, health }, this.#tools.signal));
  }
}
