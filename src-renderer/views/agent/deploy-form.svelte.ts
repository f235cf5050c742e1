import { HEADER_PINS, describePin, type GpioPin } from '../../../pi-agent/src/board.ts';
import { folderProblem, type DeployOptions } from '../../../src-main/api/deploy.ts';

type Settings = DeployOptions['settings'];

const PINS = HEADER_PINS.filter((pin): pin is GpioPin => pin.kind === 'GPIO');

export const PIN_CHOICES = PINS.map((pin) => ({ value: String(pin.bcm), label: describePin(pin) }));

/** What is typed and chosen for a deployment; `DeployFields` shows it. */
export class DeployForm {
  readonly isPractice: boolean;
  bcm = $state('');
  ledPort = $state<number | null>(null);
  echoPort = $state<number | null>(null);
  access = $state<Settings['access']>('local');
  driver = $state<Settings['driver']>('auto');
  keepLevel = $state(false);
  service = $state<DeployOptions['service']>('auto');
  folder = $state('');

  constructor({ settings, service, folder }: DeployOptions, isPractice: boolean) {
    this.isPractice = isPractice;
    this.bcm = String(settings.bcm);
    this.ledPort = settings.ledPort;
    this.echoPort = settings.echoPort;
    this.access = settings.access;
    this.driver = settings.driver;
    this.keepLevel = settings.keepLevelOnExit;
    this.service = service;
    this.folder = folder;
  }

  get pin(): GpioPin | undefined {
    return PINS.find((pin) => String(pin.bcm) === this.bcm);
  }

  get samePorts(): string {
    return this.ledPort !== null && this.ledPort === this.echoPort ? 'LED and echo need a port each.' : '';
  }

  get badFolder(): string {
    return this.isPractice ? '' : folderProblem(this.folder);
  }

  /** What was chosen, Node.js apart; null while a field holds what cannot be used, which it says itself. */
  get options(): DeployOptions | null {
    const { bcm, ledPort, echoPort, access, driver, keepLevel, service, folder } = this;
    if (ledPort === null || echoPort === null || this.samePorts !== '' || this.badFolder !== '') return null;
    const settings = { bcm: Number(bcm), ledPort, echoPort, access, driver, keepLevelOnExit: keepLevel };
    return { settings, service, installNode: false, folder };
  }
}
