import { Notification } from 'electron';
import type { Workbench } from '../../api/workbench.ts';
import { FinishedJobs, type FinishedJob } from '../start/finished-jobs.ts';

export interface NotificationOptions {
  readonly workbench: Pick<Workbench, 'deployments' | 'devices' | 'settings'>;
  /** Whether the person looks at the window, and so needs no notification. */
  readonly isWatched: () => boolean;
  readonly openPage: (route: string) => void;
}

/** Tells of a finished deployment by the system's notification, where the settings allow it; a click opens its page. */
export function setupNotifications({ workbench, isWatched, openPage }: NotificationOptions): void {
  const jobs = new FinishedJobs();
  // Without a reference of the app's own, a notification is collected and its click is lost.
  const shown = new Set<Notification>();
  const show = ({ deviceId, title, body }: FinishedJob): void => {
    const notification = new Notification({ title, body });
    shown.add(notification);
    notification.on('click', () => {
      shown.delete(notification);
      openPage(`#/device/${encodeURIComponent(deviceId)}/agent`);
    });
    notification.on('close', () => shown.delete(notification));
    notification.show();
  };
  workbench.deployments.subscribe((snapshot) => {
    const finished = jobs.take(snapshot, (id) => workbench.devices.get(id).label);
    if (finished === null || isWatched() || !workbench.settings.current.notifications) return;
    if (Notification.isSupported()) show(finished);
  });
}
