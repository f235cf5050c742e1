import { loud } from '../loud.ts';
import { KnownEvents } from './emitter.ts';
import { did, onLack } from './harness.ts';

/** Shown to nobody; the test clicks it by `emit` on `Notification`. */
class DoubleNotification extends KnownEvents {
  readonly #wanted: Electron.NotificationConstructorOptions;

  constructor(wanted: Electron.NotificationConstructorOptions) {
    super('Notification', ['click', 'close', 'failed']);
    this.#wanted = wanted;
    return loud<DoubleNotification>('Notification', this, onLack);
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    did('Notification.show', this.#wanted);
  }
}

export const Notification = loud('Notification', DoubleNotification, onLack);
