export { Notices, type Notice } from './notices.ts';
export {
  defaultSettings,
  settingsChangeSchema,
  settingsSchema,
  type Settings,
  type SettingsChange,
} from './settings.ts';
export { SettingsStore } from './settings-store.ts';
