/* Fake sysfs LED class directory (FUSE): what /sys/class/leds looks like on a Pi 4, with its green activity LED.
 * Follows drivers/leds/led-class.c and led-triggers.c. A trigger that is chosen does nothing: no card is read here.
 *
 * usage: pi-ledfs MOUNTPOINT LOG
 *   LOG       one line per change: seconds.millis trigger NAME | brightness N
 *   SIGUSR1   the Pi reboots: the LED is as at first, and root's
 * build: gcc -O2 -Wall pi-ledfs.c -o pi-ledfs $(pkg-config --cflags --libs fuse3)
 */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <fuse.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_BRIGHTNESS = 1 };
static const char *triggers[] = { "none", "timer", "oneshot", "heartbeat", "default-on", "input", "cpu", "mmc0", NULL };
enum { NONE = 0, MMC0 = 7 };

enum attr { BRIGHTNESS, MAX, TRIGGER, NATTR };
static const char *names[NATTR] = { "brightness", "max_brightness", "trigger" };
static const mode_t first_modes[NATTR] = { 0644, 0444, 0644 };
static struct { mode_t mode; uid_t uid; gid_t gid; } files[NATTR];
static int brightness, trigger, log_fd;

static void note(const char *what, const char *value) {
  struct timespec t; char b[80];
  clock_gettime(CLOCK_REALTIME, &t);
  int n = snprintf(b, sizeof b, "%lld.%03ld %s %s\n", (long long)t.tv_sec, t.tv_nsec / 1000000, what, value);
  if (write(log_fd, b, n) != n) perror("log");
}
static void reset(int sig) {
  (void)sig; brightness = 0; trigger = MMC0;
  for (int i = 0; i < NATTR; i++) { files[i].mode = first_modes[i]; files[i].uid = files[i].gid = 0; }
}

enum { ROOT = -1, LED = -2, NOTHING = -3 };
static int look(const char *path) {    /* an attribute, or one of the above */
  if (!strcmp(path, "/")) return ROOT;
  if (!strcmp(path, "/ACT")) return LED;
  if (!strncmp(path, "/ACT/", 5)) for (int i = 0; i < NATTR; i++) if (!strcmp(path + 5, names[i])) return i;
  return NOTHING;
}

static int fs_getattr(const char *path, struct stat *st, struct fuse_file_info *fi) {
  (void)fi; int i = look(path);
  if (i == NOTHING) return -ENOENT;
  memset(st, 0, sizeof *st);
  if (i < 0) { st->st_mode = S_IFDIR | 0755; st->st_nlink = 2; return 0; }
  st->st_mode = S_IFREG | files[i].mode; st->st_nlink = 1; st->st_size = 4096;
  st->st_uid = files[i].uid; st->st_gid = files[i].gid;
  return 0;
}
static int fs_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t o, struct fuse_file_info *fi, enum fuse_readdir_flags fl) {
  (void)o; (void)fi; (void)fl; int i = look(path);
  if (i >= 0) return -ENOTDIR;
  fill(buf, ".", NULL, 0, 0); fill(buf, "..", NULL, 0, 0);
  if (i == ROOT) fill(buf, "ACT", NULL, 0, 0);
  else for (i = 0; i < NATTR; i++) fill(buf, names[i], NULL, 0, 0);
  return 0;
}
static int fs_open(const char *path, struct fuse_file_info *fi) {
  if (look(path) == NOTHING) return -ENOENT;
  fi->direct_io = 1;
  return 0;
}
static int fs_read(const char *path, char *buf, size_t size, off_t off, struct fuse_file_info *fi) {
  (void)fi; int i = look(path); char b[256] = "";
  if (i < 0) return -EIO;
  if (i == TRIGGER) {
    for (int t = 0; triggers[t]; t++) {
      size_t used = strlen(b);
      snprintf(b + used, sizeof b - used, t == trigger ? "%s[%s]" : "%s%s", t ? " " : "", triggers[t]);
    }
    strcat(b, "\n");
  } else snprintf(b, sizeof b, "%d\n", i == MAX ? MAX_BRIGHTNESS : brightness);
  size_t len = strlen(b);
  if ((size_t)off >= len) return 0;
  if (size > len - off) size = len - off;
  memcpy(buf, b + off, size);
  return size;
}
static void choose(int t) {            /* led_trigger_set(): whatever the old trigger lit goes out */
  if (t == trigger) return;
  trigger = t; brightness = 0; note("trigger", triggers[t]);
}
static int fs_write(const char *path, const char *buf, size_t size, off_t off, struct fuse_file_info *fi) {
  (void)off; (void)fi; int i = look(path); char w[64], *end;
  snprintf(w, sizeof w, "%.*s", (int)(size < 63 ? size : 63), buf);
  if (w[0] && w[strlen(w) - 1] == '\n') w[strlen(w) - 1] = 0;    /* sysfs_streq */
  if (i == TRIGGER) {
    for (int t = 0; triggers[t]; t++) if (!strcmp(w, triggers[t])) { choose(t); return size; }
    return -EINVAL;
  }
  if (i != BRIGHTNESS) return -EIO;
  unsigned long v = strtoul(w, &end, 0);
  if (end == w || *end) return -EINVAL;
  if (v == 0) choose(NONE);            /* brightness_store() */
  brightness = v > MAX_BRIGHTNESS ? MAX_BRIGHTNESS : v;
  note("brightness", brightness ? "1" : "0");
  return size;
}
static int fs_chmod(const char *path, mode_t m, struct fuse_file_info *fi) {
  (void)fi; int i = look(path);
  if (i < 0) return -EPERM;
  files[i].mode = m & 0777;
  return 0;
}
static int fs_chown(const char *path, uid_t u, gid_t g, struct fuse_file_info *fi) {
  (void)fi; int i = look(path);
  if (i < 0) return -EPERM;
  if (u != (uid_t)-1) files[i].uid = u;
  if (g != (gid_t)-1) files[i].gid = g;
  return 0;
}
static int fs_truncate(const char *path, off_t o, struct fuse_file_info *fi) { (void)path; (void)o; (void)fi; return 0; }
/* attributes must never be cached: a reboot gives them back to root */
static void *fs_init(struct fuse_conn_info *c, struct fuse_config *cfg) {
  (void)c; cfg->entry_timeout = cfg->attr_timeout = cfg->negative_timeout = 0; cfg->direct_io = 1; return NULL;
}
static const struct fuse_operations ops = { .init = fs_init, .getattr = fs_getattr, .readdir = fs_readdir, .open = fs_open,
  .read = fs_read, .write = fs_write, .chmod = fs_chmod, .chown = fs_chown, .truncate = fs_truncate };

int main(int argc, char **argv) {
  if (argc != 3) { fprintf(stderr, "usage: pi-ledfs MOUNTPOINT LOG\n"); return 2; }
  log_fd = open(argv[2], O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
  if (log_fd < 0) { perror(argv[2]); return 1; }
  reset(0);
  struct sigaction sa = { .sa_handler = reset, .sa_flags = SA_RESTART };
  sigaction(SIGUSR1, &sa, NULL);
  char *fargv[] = { "pi-ledfs", "-f", "-s", "-o", "allow_other,default_permissions,fsname=leds,subtype=pi", argv[1], NULL };
  return fuse_main(6, fargv, &ops, NULL);
}
