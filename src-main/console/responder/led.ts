import { STEADY, type LedState } from '../../../pi-agent/src/led-state.ts';
import {
  CommandScanner,
  FORGET_AFTER_MS,
  parseMilliseconds,
  PROTOCOL_VERSION,
  type Command,
  type Scanned,
} from '../../../pi-agent/src/protocol.ts';
import {
  badTimeReply,
  BYE_LINE,
  errorReply,
  factsReply,
  faultReply,
  HELP_REPLY,
  PONG_REPLY,
  QUIT_REPLY,
  stateLine,
  stateReply,
} from '../../../pi-agent/src/replies.ts';
import type { PeerResponder, Responder, ResponderPeer } from '../session/channel.ts';

const encoder = new TextEncoder();

/** An LED that is only a number, with the agent's behaviour: blinking, pulses, and a count of changes. */
class SimulatedLed {
  #state: LedState = { number: 0, level: 0, activity: STEADY };
  #timer: NodeJS.Timeout | undefined;
  readonly #onChange: (state: LedState) => void;

  constructor(onChange: (state: LedState) => void) {
    this.#onChange = onChange;
  }

  get state(): LedState {
    return this.#state;
  }

  set(level: 0 | 1): void {
    clearTimeout(this.#timer);
    this.#change({ level, activity: STEADY });
  }

  blink(phaseMs: number): void {
    clearTimeout(this.#timer);
    this.#change({ level: 1, activity: { kind: 'blink', phaseMs } });
    this.#timer = setInterval(() => {
      this.#change({ level: this.#state.level === 1 ? 0 : 1, activity: this.#state.activity });
    }, phaseMs);
  }

  pulse(onMs: number): void {
    clearTimeout(this.#timer);
    this.#change({ level: 1, activity: { kind: 'pulse', onMs } });
    this.#timer = setTimeout(() => this.#change({ level: 0, activity: STEADY }), onMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #change(next: Pick<LedState, 'level' | 'activity'>): void {
    const { level, activity } = this.#state;
    if (next.level === level && JSON.stringify(next.activity) === JSON.stringify(activity)) return;
    this.#state = { ...next, number: this.#state.number + 1 };
    this.#onChange(this.#state);
  }
}

/** Answers as the LED agent does, with one simulated LED for all peers. */
export function ledResponder(): Responder {
  const peers = new Set<LedPeer>();
  const led = new SimulatedLed((state) => {
    for (const peer of peers) peer.changed(state);
  });
  return {
    attach: (peer) => {
      const answering = new LedPeer(peer, led, () => peers.delete(answering));
      peers.add(answering);
      return answering;
    },
    dispose: () => led.dispose(),
  };
}

class LedPeer implements PeerResponder {
  readonly #peer: ResponderPeer;
  readonly #led: SimulatedLed;
  readonly #gone: () => void;
  readonly #scanner = new CommandScanner();
  #watching = false;
  #forget: NodeJS.Timeout | undefined;

  constructor(peer: ResponderPeer, led: SimulatedLed, gone: () => void) {
    this.#peer = peer;
    this.#led = led;
    this.#gone = gone;
  }

  received(chunk: Uint8Array): void {
    clearTimeout(this.#forget);
    this.#answerAll(this.#scanner.push(chunk));
    if (!this.#scanner.pending) return;
    this.#forget = setTimeout(() => this.#answerAll(this.#scanner.forget()), FORGET_AFTER_MS);
  }

  ended(): void {
    this.#answerAll(this.#scanner.forget());
    this.#peer.endSending();
  }

  /** As the agent does when it is stopped. */
  closing(): void {
    this.#send(BYE_LINE);
  }

  /** Tells a peer that watches of a change. */
  changed(state: LedState): void {
    if (this.#watching) this.#send(stateLine(state));
  }

  dispose(): void {
    clearTimeout(this.#forget);
    this.#gone();
  }

  #answerAll(scanned: readonly Scanned[]): void {
    for (const one of scanned) {
      if (one.kind === 'command') this.#answer(one);
      else this.#send(faultReply(one));
      if (one.kind === 'fault' && one.fatal) this.#peer.endSending();
    }
  }

  #answer(command: Command): void {
    switch (command.word) {
      case 'ON':
        return this.#set(1);
      case 'OFF':
        return this.#set(0);
      case 'TOGGLE':
        return this.#set(this.#led.state.level === 1 ? 0 : 1);
      case 'STATUS':
        return this.#send(stateReply(this.#led.state));
      case 'BLINK':
      case 'PULSE':
        return this.#flash(command.word, command.value);
      case 'WATCH':
      case 'UNWATCH':
        this.#watching = command.word === 'WATCH';
        return this.#send(stateReply(this.#led.state));
      case 'PING':
        return this.#send(PONG_REPLY);
      case 'HELP':
        return this.#send(HELP_REPLY);
      case 'INFO':
        return this.#send(
          factsReply({ name: 'pi-workbench-console', protocol: PROTOCOL_VERSION, driver: 'simulated' }),
        );
      case 'QUIT':
        this.#send(QUIT_REPLY);
        return this.#peer.endSending();
      default:
        return this.#send(errorReply('unknown-command', `${command.word} is not simulated here`));
    }
  }

  #set(level: 0 | 1): void {
    this.#led.set(level);
    this.#send(stateReply(this.#led.state));
  }

  #flash(word: 'BLINK' | 'PULSE', value: string): void {
    const time = parseMilliseconds(word, value);
    if (time === null) return this.#send(badTimeReply(word));
    if (word === 'BLINK') this.#led.blink(time);
    else this.#led.pulse(time);
    this.#send(stateReply(this.#led.state));
  }

  #send(line: string): void {
    this.#peer.send(encoder.encode(`${line}\n`));
  }
}
