/** Counts and times of one connection. */
export class Traffic {
  readonly openedAt = Date.now();
  closedAt: number | null = null;
  sentBytes = 0;
  receivedBytes = 0;
  lastSentAt: number | null = null;
  lastReceivedAt: number | null = null;

  sent(length: number): void {
    this.sentBytes += length;
    this.lastSentAt = Date.now();
  }

  received(length: number): void {
    this.receivedBytes += length;
    this.lastReceivedAt = Date.now();
  }
}
