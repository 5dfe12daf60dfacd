// SPDX-License-Identifier: Apache-2.0
// host.js - the folders of this machine, as the program sees them: as they are,
// and on Windows each drive as a folder, C:\x as /C:/x.

// One argument, in the program's words.
export function here(word, platform = process.platform) {
  if (platform !== 'win32') return word;
  const [, option, path] = /^(--[a-z0-9-]+=)?(.*)$/s.exec(word);
  const drive = /^[A-Za-z]:[\\/]/.test(path);
  // Backslashes stand in paths; elsewhere, as in a pattern, they stay.
  if (!drive && !/^[^\\:*?"<>|]+(\\[^\\:*?"<>|]+)+$/.test(path)) return word;
  return (option || '') + (drive ? '/' : '') + path.replaceAll('\\', '/');
}

function enter(m, fs, name, root, follow = false) {
  if (!m.FS.analyzePath(name).exists) m.FS.mkdir(name);
  m.FS.mount(m.files.HOST, { fs, root, follow, uid: process.getuid?.() }, name);
}

export function furnish(m, fs, cwd, platform = process.platform) {
  m.FS.rmdir('/home/web_user');
  m.FS.rmdir('/home');
  m.FS.rmdir('/tmp');
  if (platform === 'win32') {
    for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')
      if (fs.existsSync(`${letter}:\\`)) enter(m, fs, `/${letter}:`, `${letter}:`);
    m.FS.chdir('/' + cwd.replaceAll('\\', '/'));
    return;
  }
  for (const e of fs.readdirSync('/', { withFileTypes: true })) {
    // These two are the program's own.
    if (e.name === 'dev' || e.name === 'proc') continue;
    if (e.isSymbolicLink()) m.FS.symlink(fs.readlinkSync('/' + e.name), '/' + e.name);
    else if (e.isDirectory()) enter(m, fs, '/' + e.name, '/' + e.name);
  }
  if (fs.existsSync('/dev/fd')) enter(m, fs, '/dev/fd', '/dev/fd', true);
  m.FS.chdir(cwd);
}
