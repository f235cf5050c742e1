/* Fake sysfs GPIO class directory (FUSE): what /sys/class/gpio looks like on a Pi 4 with Raspberry Pi OS
 * (kernel 6.6 and later: gpiochip512 = pinctrl-bcm2711 with 58 lines, gpiochip570 = raspberrypi-exp-gpio with 8).
 * Follows drivers/gpio/gpiolib-sysfs.c for errors; see README.md for what is left out.
 *
 * usage: pi-gpiofs MOUNTPOINT STATEDIR GPIO_GID UDEV_MS
 *   STATEDIR/levels   58 bytes '0'/'1': the level on each BCM pin now (written here)
 *   STATEDIR/inputs   58 bytes '0'/'1': what drives a pin while it is an input (written by tests)
 *   STATEDIR/faults   58 bytes: what is wrong with each pin ('-' nothing, 'b' held by a driver of the kernel, 'g' shorted to
 *                     ground, 'v' shorted to 3.3 V; written by tests)
 *   STATEDIR/log      one line per change: seconds.millis bcmN export|unexport|in|out|0|1
 *   SIGUSR1           the Pi reboots: every pin unexported and an input again
 * build: gcc -O2 -Wall pi-gpiofs.c -o pi-gpiofs $(pkg-config --cflags --libs fuse3)
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

enum { NPIN = 58, NEXP = 8, BASE = 512, NALL = NPIN + NEXP };
struct chip { int base, n; const char *label; };
static const struct chip chips[] = { { BASE, NPIN, "pinctrl-bcm2711" }, { BASE + NPIN, NEXP, "raspberrypi-exp-gpio" } };
static struct pin { int exported, out, level, active_low, edge; struct timespec since; } pins[NALL];
static const char *edges[] = { "none", "rising", "falling", "both" };
static int levels_fd, inputs_fd, faults_fd, log_fd, gpio_gid, udev_ms;

static void note(int i, const char *what) {
  struct timespec t; char b[80];
  clock_gettime(CLOCK_REALTIME, &t);
  int n = snprintf(b, sizeof b, "%lld.%03ld bcm%d %s\n", (long long)t.tv_sec, t.tv_nsec / 1000000, i, what);
  if (write(log_fd, b, n) != n) perror("log");
}
static char fault(int i) {
  char c = '-';
  if (i < NPIN && pread(faults_fd, &c, 1, i) != 1) perror("faults");
  return c;
}
static int level(int i) {              /* physical level */
  char c = fault(i);
  if (c == 'g' || c == 'v') return c == 'v';
  if (pins[i].out) return pins[i].level;
  if (i < NPIN && pread(inputs_fd, &c, 1, i) == 1) return c == '1';
  return 0;
}
static void publish(int i) {
  char c = '0' + level(i);
  if (i < NPIN && pwrite(levels_fd, &c, 1, i) != 1) perror("levels");
}
static void drive(int i, int out, int v) {
  struct pin *p = &pins[i];
  if (p->out != out) note(i, out ? "out" : "in");
  if (out && (!p->out || p->level != v)) note(i, v ? "1" : "0");
  p->out = out; if (out) p->level = v;
  publish(i);
}

static void reset(int sig) {
  (void)sig; memset(pins, 0, sizeof pins);
  for (int i = 0; i < NPIN; i++) publish(i);
  note(-1, "reset");
}

/* a path taken apart */
enum kind { ROOT, EXPORT, UNEXPORT, CHIP, CHIPATTR, PIN, PINATTR, NONE };
static const char *chipattrs[] = { "base", "label", "ngpio", NULL };
static const char *pinattrs[] = { "active_low", "direction", "edge", "value", NULL };
struct node { enum kind kind; int i; const char *attr; };
static int known(const char **names, const char *s) { for (; *names; names++) if (!strcmp(*names, s)) return 1; return 0; }
static struct node look(const char *path) {
  struct node n = { NONE, 0, NULL };
  char name[64], rest[64] = ""; int num, used = 0;
  if (!strcmp(path, "/")) { n.kind = ROOT; return n; }
  if (!strcmp(path, "/export")) { n.kind = EXPORT; return n; }
  if (!strcmp(path, "/unexport")) { n.kind = UNEXPORT; return n; }
  if (sscanf(path, "/%63[^/]/%63s", name, rest) < 1) return n;
  if (sscanf(name, "gpiochip%d%n", &num, &used) == 1 && !name[used]) {
    for (n.i = 0; n.i < 2; n.i++) if (chips[n.i].base == num) break;
    if (n.i == 2) return n;
    if (!*rest) n.kind = CHIP; else if (known(chipattrs, rest)) n.kind = CHIPATTR;
  } else if (sscanf(name, "gpio%d%n", &num, &used) == 1 && !name[used]) {
    n.i = num - BASE;
    if (n.i < 0 || n.i >= NALL || !pins[n.i].exported) return n;
    if (!*rest) n.kind = PIN; else if (known(pinattrs, rest)) n.kind = PINATTR;
  }
  n.attr = strchr(path + 1, '/'); if (n.attr) n.attr++;
  return n;
}

static int fs_getattr(const char *path, struct stat *st, struct fuse_file_info *fi) {
  (void)fi; struct node n = look(path);
  if (n.kind == NONE) return -ENOENT;
  memset(st, 0, sizeof *st);
  int dir = n.kind == ROOT || n.kind == CHIP || n.kind == PIN;
  int wronly = n.kind == EXPORT || n.kind == UNEXPORT, ro = n.kind == CHIPATTR;
  /* udev's rule hands a new pin to group gpio only a moment after export */
  int mine = 1;
  if (n.kind == PIN || n.kind == PINATTR) {
    struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t);
    mine = (t.tv_sec - pins[n.i].since.tv_sec) * 1000 + (t.tv_nsec - pins[n.i].since.tv_nsec) / 1000000 >= udev_ms;
  }
  mode_t m = dir ? 0755 : wronly ? 0200 : ro ? 0444 : 0644;
  if (mine) m = (m & ~070) | ((m >> 3) & 070);      /* chmod g=u */
  st->st_mode = (dir ? S_IFDIR : S_IFREG) | m;
  st->st_nlink = dir ? 2 : 1; st->st_size = dir ? 0 : 4096;
  st->st_gid = mine ? gpio_gid : 0;
  clock_gettime(CLOCK_REALTIME, &st->st_mtim); st->st_ctim = st->st_atim = st->st_mtim;
  return 0;
}
static int fs_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t o, struct fuse_file_info *fi, enum fuse_readdir_flags fl) {
  (void)o; (void)fi; (void)fl; struct node n = look(path); char b[32];
  const char **names = n.kind == CHIP ? chipattrs : n.kind == PIN ? pinattrs : NULL;
  if (n.kind != ROOT && !names) return -ENOTDIR;
  fill(buf, ".", NULL, 0, 0); fill(buf, "..", NULL, 0, 0);
  if (names) { for (; *names; names++) fill(buf, *names, NULL, 0, 0); return 0; }
  fill(buf, "export", NULL, 0, 0); fill(buf, "unexport", NULL, 0, 0);
  for (int i = 0; i < 2; i++) { snprintf(b, sizeof b, "gpiochip%d", chips[i].base); fill(buf, b, NULL, 0, 0); }
  for (int i = 0; i < NALL; i++) if (pins[i].exported) { snprintf(b, sizeof b, "gpio%d", BASE + i); fill(buf, b, NULL, 0, 0); }
  return 0;
}
static int fs_open(const char *path, struct fuse_file_info *fi) {
  struct node n = look(path);
  if (n.kind == NONE) return -ENOENT;
  fi->direct_io = 1;
  return 0;
}
static int fs_read(const char *path, char *buf, size_t size, off_t off, struct fuse_file_info *fi) {
  (void)fi; struct node n = look(path); char b[64] = ""; 
  if (n.kind == CHIPATTR) {
    const struct chip *c = &chips[n.i];
    if (*n.attr == 'l') snprintf(b, sizeof b, "%s\n", c->label);
    else snprintf(b, sizeof b, "%d\n", *n.attr == 'b' ? c->base : c->n);
  } else if (n.kind == PINATTR) {
    struct pin *p = &pins[n.i];
    if (*n.attr == 'a') snprintf(b, sizeof b, "%d\n", p->active_low);
    else if (*n.attr == 'd') snprintf(b, sizeof b, "%s\n", p->out ? "out" : "in");
    else if (*n.attr == 'e') snprintf(b, sizeof b, "%s\n", edges[p->edge]);
    else snprintf(b, sizeof b, "%d\n", level(n.i) ^ p->active_low);
  } else return n.kind == NONE ? -ENODEV : -EIO;
  size_t len = strlen(b);
  if ((size_t)off >= len) return 0;
  if (size > len - off) size = len - off;
  memcpy(buf, b + off, size);
  return size;
}
static int num(const char *s, long *v) {   /* kstrtol(s, 0, v) */
  char *e; if (!*s || *s == ' ' || *s == '\n' || *s == '\t') return -EINVAL;
  errno = 0; *v = strtol(s, &e, 0);
  if (e == s) return -EINVAL;
  if (*e == '\n') e++;
  return *e ? -EINVAL : errno ? -ERANGE : 0;
}
static int fs_write(const char *path, const char *buf, size_t size, off_t off, struct fuse_file_info *fi) {
  (void)off; (void)fi; struct node n = look(path); char b[64], w[64]; long v;
  if (n.kind == NONE) return -ENODEV;
  if (size == 0) return 0;
  snprintf(b, sizeof b, "%.*s", (int)(size < 63 ? size : 63), buf);
  strcpy(w, b); if (w[0] && w[strlen(w) - 1] == '\n') w[strlen(w) - 1] = 0;    /* sysfs_streq */
  if (n.kind == EXPORT || n.kind == UNEXPORT) {
    if (num(b, &v)) return -EINVAL;
    int i = v - BASE;
    if (v < BASE || i >= NALL) return -EINVAL;
    struct pin *p = &pins[i];
    if (n.kind == EXPORT) {
      if (p->exported || fault(i) == 'b') return -EBUSY;
      p->exported = 1; clock_gettime(CLOCK_MONOTONIC, &p->since); note(i, "export");
    } else {
      if (!p->exported) return -EINVAL;
      p->exported = p->active_low = p->edge = 0; note(i, "unexport");   /* Pi kernels leave an output driven */
    }
    return size;
  }
  if (n.kind != PINATTR) return -EACCES;
  struct pin *p = &pins[n.i];
  if (*n.attr == 'd') {
    if (!strcmp(w, "high")) drive(n.i, 1, 1);
    else if (!strcmp(w, "out") || !strcmp(w, "low")) drive(n.i, 1, 0);
    else if (!strcmp(w, "in")) drive(n.i, 0, 0);
    else return -EINVAL;
  } else if (*n.attr == 'v') {
    if (!p->out) return -EPERM;
    if (num(b, &v)) return -EINVAL;
    drive(n.i, 1, (v != 0) ^ p->active_low);
  } else if (*n.attr == 'a') {
    if (num(b, &v)) return -EINVAL;
    p->active_low = v != 0;
  } else {
    int e; for (e = 0; e < 4; e++) if (!strcmp(w, edges[e])) break;
    if (e == 4) return -EINVAL;
    if (e && p->out) return -EIO;
    p->edge = e;
  }
  return size;
}
static int fs_truncate(const char *path, off_t o, struct fuse_file_info *fi) { (void)path; (void)o; (void)fi; return 0; }
static int fs_create(const char *path, mode_t m, struct fuse_file_info *fi) { (void)path; (void)m; (void)fi; return -EACCES; }
static int fs_mkdir(const char *path, mode_t m) { (void)path; (void)m; return -EPERM; }
static int fs_unlink(const char *path) { (void)path; return -EPERM; }
/* attributes must never be cached: another user's export changes what exists */
static void *fs_init(struct fuse_conn_info *c, struct fuse_config *cfg) {
  (void)c; cfg->entry_timeout = cfg->attr_timeout = cfg->negative_timeout = 0; cfg->direct_io = 1; return NULL;
}
static const struct fuse_operations ops = { .init = fs_init, .getattr = fs_getattr, .readdir = fs_readdir, .open = fs_open,
  .read = fs_read, .write = fs_write, .truncate = fs_truncate, .create = fs_create, .mkdir = fs_mkdir, .unlink = fs_unlink };

static int state(const char *dir, const char *name, int flags, const char *fill) {
  char p[4096]; snprintf(p, sizeof p, "%s/%s", dir, name);
  int fd = open(p, flags | O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  if (fd < 0 || (fill && lseek(fd, 0, SEEK_END) == 0 && write(fd, fill, NPIN) != NPIN)) { perror(p); exit(1); }
  return fd;
}
int main(int argc, char **argv) {
  if (argc != 5) { fprintf(stderr, "usage: pi-gpiofs MOUNTPOINT STATEDIR GPIO_GID UDEV_MS\n"); return 2; }
  char start[NPIN + 1]; memset(start, '0', NPIN); start[NPIN] = 0;
  for (int i = 0; i <= 8; i++) start[i] = '1';      /* BCM 0-8 pull up at reset, the rest down */
  levels_fd = state(argv[2], "levels", 0, start);
  inputs_fd = state(argv[2], "inputs", 0, start);
  char faults[NPIN + 1]; memset(faults, '-', NPIN); faults[NPIN] = 0;
  faults_fd = state(argv[2], "faults", 0, faults);
  log_fd = state(argv[2], "log", O_APPEND, NULL);
  gpio_gid = atoi(argv[3]); udev_ms = atoi(argv[4]);
  struct sigaction sa = { .sa_handler = reset, .sa_flags = SA_RESTART };
  sigaction(SIGUSR1, &sa, NULL);
  char *fargv[] = { "pi-gpiofs", "-f", "-s", "-o", "allow_other,default_permissions,fsname=gpio,subtype=pi", argv[1], NULL };
  return fuse_main(6, fargv, &ops, NULL);
}
