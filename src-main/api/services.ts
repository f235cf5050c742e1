/** What the shells give the services: where things are kept and what only a shell can do. */
export interface Surroundings {
  /** Folder for this app's own files. */
  readonly dataDir: string;
  /** The user's home folder, where `~/.ssh` is read. */
  readonly homeDir: string;
  /** Absolute path of the bundled agent, `led-agent.cjs`. */
  readonly agentFile: string;
  /** Folder with the runtimes that packaged builds carry. */
  readonly runtimeDir: string;
  /** The licences of everything that is bundled; left out where nobody reads them. */
  readonly licencesFile?: string;
  readonly appVersion: string;
  /** The project's own pages; left out while it has none. */
  readonly website?: string;
  /** How to get a newer version, in words; left out where nobody asks. */
  readonly updates?: string;
  readonly shell: 'electron' | 'browser';
  /** Networks that may be searched, as given by `--networks`; null leaves the choice to the user. */
  readonly networks: readonly string[] | null;
  /** Keeps secrets between starts, where the platform really encrypts. */
  readonly secrets: SecretStore;
  /** Shows a file dialog, or null where the shell has none (then the page asks for a path). */
  readonly dialogs: FileDialogs | null;
}

export interface SecretStore {
  /** False when secrets last only for this session; `reason` says why in words for the sign-in dialog. */
  readonly persistent: boolean;
  readonly reason: string;
  get(key: string): Promise<string | null>;
  set(key: string, secret: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface FileDialogs {
  open(options: { readonly title: string }): Promise<string | null>;
  save(options: { readonly title: string; readonly suggestedName: string }): Promise<string | null>;
}
