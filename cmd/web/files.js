// SPDX-License-Identifier: Apache-2.0
// files.js - what the program's system calls find, as an emscripten library
// (emcc --js-library): files that are read piece by piece from wherever they
// are, folders of the host, standard streams of bytes; and three system calls
// that emscripten has no or half an answer to.

mergeInto(LibraryManager.library, {
  $REFVAL_FILES__deps: ['$FS', '$PATH', '$ERRNO_CODES'],
  $REFVAL_FILES__postset: 'Module["files"] = REFVAL_FILES;',
  $REFVAL_FILES: {
    devices: 0,

    fail: (code) => {
      throw new FS.ErrnoError(ERRNO_CODES[code] || ERRNO_CODES['EIO']);
    },

    // What the host's functions throw, as the program's errno.
    host: (call) => {
      try {
        return call();
      } catch (e) {
        if (!e || !e.code) throw e;
        REFVAL_FILES.fail(e.code);
      }
    },

    seek: (stream, offset, whence, size) => {
      var to = offset + (whence === 1 ? stream.position : whence === 2 ? size() : 0);
      if (to < 0) REFVAL_FILES.fail('EINVAL');
      return to;
    },

    // A file that is there to be read: source.size, and source.read(offset,
    // length), which gives that many bytes, fewer only at the end.
    given: (path, source) => {
      var node = FS.create(path, 0o444);
      node.node_ops = {
        getattr: (n) => ({
          dev: 1, ino: n.id, mode: n.mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size: source.size,
          atime: new Date(0), mtime: new Date(0), ctime: new Date(0), blksize: 4096, blocks: Math.ceil(source.size / 512)
        })
      };
      node.stream_ops = {
        llseek: (stream, offset, whence) => REFVAL_FILES.seek(stream, offset, whence, () => source.size),
        read: (stream, buffer, offset, length, position) => {
          var want = Math.max(0, Math.min(length, source.size - position)), got = 0;
          while (got < want) {
            var piece = source.read(position + got, want - got);
            if (!piece.length || piece.length > want - got) REFVAL_FILES.fail('EIO');
            buffer.set(piece, offset + got);
            got += piece.length;
          }
          return got;
        }
      };
    },

    // What is written to the device @path goes to @write, as bytes of its own;
    // what is read from it, @read(length) gives, and an empty piece at the end.
    device: (path, fd, o) => {
      var dev = FS.makedev(64, REFVAL_FILES.devices++);
      FS.registerDevice(dev, {
        open: (stream) => {
          stream.seekable = false;
          if (o.terminal) stream.tty = {};
        },
        close: () => {},
        read: (stream, buffer, offset, length) => {
          var piece = o.read ? REFVAL_FILES.host(() => o.read(length)) : [];
          buffer.set(piece, offset);
          return piece.length;
        },
        write: (stream, buffer, offset, length) => {
          if (!o.write) REFVAL_FILES.fail('EBADF');
          var at = buffer.byteOffset + offset;
          REFVAL_FILES.host(() => o.write(new Uint8Array(buffer.buffer.slice(at, at + length))));
          return length;
        }
      });
      FS.unlink(path);
      FS.mkdev(path, 0o666, dev);
      if (FS.streams[fd]) FS.closeStream(fd);
      FS.open(path, o.write ? 1 : 0, 0, fd, fd);
    },

    // A folder of the host (FS.mount): opts.fs are Node's functions on files.
    HOST: {
      mount: (mount) => {
        var node = FS.createNode(null, '/', 0o40755, 0);
        node.node_ops = REFVAL_FILES.host_nodes;
        node.stream_ops = REFVAL_FILES.host_streams;
        return node;
      }
    },
    host_node: (parent, name, mode) => {
      var node = FS.createNode(parent, name, mode, 0);
      node.node_ops = REFVAL_FILES.host_nodes;
      node.stream_ops = REFVAL_FILES.host_streams;
      return node;
    },
    host_path: (node) => {
      var parts = [];
      for (; node.parent !== node; node = node.parent) parts.unshift(node.name);
      return [node.mount.opts.root.replace(/\/$/, '')].concat(parts).join('/') || '/';
    },
    host_below: (node, name) => REFVAL_FILES.host_path(node).replace(/\/$/, '') + '/' + name,
    // opts.follow: what a link means, as of /dev/fd, where that has no name.
    host_stat: (mount, path) => REFVAL_FILES.host(() =>
      mount.opts.follow ? mount.opts.fs.statSync(path) : mount.opts.fs.lstatSync(path)),
    host_nodes: {
      getattr: (node) => {
        var s = REFVAL_FILES.host_stat(node.mount, REFVAL_FILES.host_path(node));
        node.mode = s.mode;
        // The program is user 0, and whoever runs it is that.
        s.uid = s.uid === node.mount.opts.uid ? 0 : 65534;
        return s;
      },
      setattr: (node, attr) => {
        var fs = node.mount.opts.fs, path = REFVAL_FILES.host_path(node);
        REFVAL_FILES.host(() => {
          if (attr.size !== undefined) fs.truncateSync(path, attr.size);
          if (attr.mode !== undefined) fs.chmodSync(path, attr.mode & 0o7777);
        });
      },
      lookup: (parent, name) => REFVAL_FILES.host_node(parent, name,
        REFVAL_FILES.host_stat(parent.mount, REFVAL_FILES.host_below(parent, name)).mode),
      mknod: (parent, name, mode) => {
        var fs = parent.mount.opts.fs, path = REFVAL_FILES.host_below(parent, name);
        REFVAL_FILES.host(() => {
          if (FS.isDir(mode)) fs.mkdirSync(path, mode & 0o7777);
          else if (FS.isFile(mode)) fs.closeSync(fs.openSync(path, 'wx', mode & 0o7777));
          else REFVAL_FILES.fail('EPERM');
        });
        return REFVAL_FILES.host_node(parent, name, mode);
      },
      rename: (node, folder, name) => {
        REFVAL_FILES.host(() => node.mount.opts.fs.renameSync(
          REFVAL_FILES.host_path(node), REFVAL_FILES.host_below(folder, name)));
        try {
          FS.destroyNode(FS.lookupNode(folder, name));
        } catch (e) {
          // Nothing of that name was known.
        }
        node.parent = folder;
        node.name = name;
      },
      link: (node, folder, name) => REFVAL_FILES.host(() => node.mount.opts.fs.linkSync(
        REFVAL_FILES.host_path(node), REFVAL_FILES.host_below(folder, name))),
      unlink: (parent, name) => REFVAL_FILES.host(() => parent.mount.opts.fs.unlinkSync(
        REFVAL_FILES.host_below(parent, name))),
      rmdir: (parent, name) => REFVAL_FILES.host(() => parent.mount.opts.fs.rmdirSync(
        REFVAL_FILES.host_below(parent, name))),
      readdir: (node) => ['.', '..'].concat(REFVAL_FILES.host(() => node.mount.opts.fs.readdirSync(
        REFVAL_FILES.host_path(node)))),
      symlink: (parent, name, target) => {
        REFVAL_FILES.host(() => parent.mount.opts.fs.symlinkSync(target, REFVAL_FILES.host_below(parent, name)));
        return REFVAL_FILES.host_node(parent, name, 0o120777);
      },
      readlink: (node) => REFVAL_FILES.host(() => node.mount.opts.fs.readlinkSync(REFVAL_FILES.host_path(node)))
    },
    host_streams: {
      open: (stream) => {
        var fs = stream.node.mount.opts.fs, c = fs.constants;
        if (FS.isDir(stream.node.mode)) return;
        // A link was followed before, or is to be refused.
        var flags = stream.flags & 3 | (stream.node.mount.opts.follow ? 0 : c.O_NOFOLLOW) | (stream.flags & 0o2000 ? c.O_APPEND : 0) |
          (stream.flags & 0o4000 ? c.O_NONBLOCK : 0);
        stream.host = REFVAL_FILES.host(() => fs.openSync(REFVAL_FILES.host_path(stream.node), flags));
        stream.seekable = FS.isFile(stream.node.mode);
      },
      close: (stream) => {
        if (stream.unlock) stream.unlock();
        if (stream.host !== undefined) stream.node.mount.opts.fs.closeSync(stream.host);
        stream.host = undefined;
      },
      read: (stream, buffer, offset, length, position) => REFVAL_FILES.host(() => stream.node.mount.opts.fs.readSync(
        stream.host, buffer, offset, length, stream.seekable ? position : null)),
      write: (stream, buffer, offset, length, position) => REFVAL_FILES.host(() => stream.node.mount.opts.fs.writeSync(
        stream.host, buffer, offset, length, stream.seekable ? position : null)),
      llseek: (stream, offset, whence) => REFVAL_FILES.seek(stream, offset, whence, () =>
        FS.isDir(stream.node.mode) ? 0 : stream.node.mount.opts.fs.fstatSync(stream.host).size),
      fsync: (stream) => {
        REFVAL_FILES.host(() => stream.host !== undefined && stream.node.mount.opts.fs.fsyncSync(stream.host));
        return 0;
      }
    }
  },

  // emscripten's own has no second name for a file.
  __syscall_linkat__deps: ['$SYSCALLS', '$REFVAL_FILES'],
  __syscall_linkat: function(olddirfd, oldpath, newdirfd, newpath, flags) {
    try {
      var from = SYSCALLS.calculateAt(olddirfd, SYSCALLS.getStr(oldpath));
      var to = SYSCALLS.calculateAt(newdirfd, SYSCALLS.getStr(newpath));
      var node = FS.lookupPath(from, { follow: !!(flags & 0x400) }).node;
      var folder = FS.lookupPath(to, { parent: true }).node, name = PATH.basename(to);
      var why = FS.mayCreate(folder, name);
      if (why) return -why;
      if (node.node_ops.link && folder.node_ops.link && node.mount === folder.mount) {
        node.node_ops.link(node, folder, name);
      } else if (node.contents !== undefined && !folder.node_ops.link && FS.isFile(node.mode)) {
        var other = FS.mknod(to, node.mode, 0);
        other.contents = node.contents;
        other.usedBytes = node.usedBytes;
      } else {
        return -ERRNO_CODES['EXDEV'];
      }
      return 0;
    } catch (e) {
      if (!(e instanceof FS.ErrnoError)) throw e;
      return -e.errno;
    }
  },

  // A lock of a host's folder is a file beside it, since the host offers no
  // other: it is gone when the folder is closed, and stays when the run is killed.
  flock__deps: ['$REFVAL_FILES', '$setErrNo'],
  flock: function(fd, operation) {
    var stream = FS.getStream(fd);
    if (!stream || !FS.isDir(stream.node.mode) || !(operation & 2)) {
      setErrNo(ERRNO_CODES['EINVAL']);
      return -1;
    }
    if (!stream.node.mount || !stream.node.mount.opts.fs) return 0;
    var fs = stream.node.mount.opts.fs, path = REFVAL_FILES.host_path(stream.node) + '.lock';
    try {
      fs.closeSync(fs.openSync(path, 'wx', 0o600));
    } catch (e) {
      if (!e || !e.code) throw e;
      setErrNo(ERRNO_CODES[e.code === 'EEXIST' ? 'EAGAIN' : e.code] || ERRNO_CODES['EIO']);
      return -1;
    }
    stream.unlock = () => fs.unlinkSync(path);
    return 0;
  },

  // There are no processes, no limits on them, and no memory to be locked.
  vfork__deps: ['$setErrNo', '$ERRNO_CODES'],
  vfork: function() {
    setErrNo(ERRNO_CODES['ENOSYS']);
    return -1;
  },
  execve__deps: ['vfork'],
  execve: function(path, argv, envp) {
    return _vfork();
  },
  __syscall_wait4__deps: ['$ERRNO_CODES'],
  __syscall_wait4: function(pid, status, options, usage) {
    return -ERRNO_CODES['ECHILD'];
  },
  __syscall_mlock__deps: ['$ERRNO_CODES'],
  __syscall_mlock: function(address, length) {
    return -ERRNO_CODES['ENOSYS'];
  },
  __syscall_setrlimit__deps: ['$ERRNO_CODES'],
  __syscall_setrlimit: function(resource, limit) {
    return -ERRNO_CODES['ENOSYS'];
  },
  __syscall_prlimit64__deps: ['$ERRNO_CODES'],
  __syscall_prlimit64: function(pid, resource, limit, old) {
    return -ERRNO_CODES['ENOSYS'];
  },

  // emscripten's own forget the upper half of the offset.
  fd_pread__deps: ['$SYSCALLS', '$REFVAL_FILES'],
  fd_pread: function(fd, iov, iovcnt, low, high, pnum) {
    try {
      var offset = high * 0x100000000 + (low >>> 0);
      if (high < 0 || high >= 0x200000 || iovcnt !== 1) return ERRNO_CODES['EINVAL'];
      var n = SYSCALLS.doReadv(SYSCALLS.getStreamFromFD(fd), iov, iovcnt, offset);
      {{{ makeSetValue('pnum', 0, 'n', 'i32') }}};
      return 0;
    } catch (e) {
      if (!(e instanceof FS.ErrnoError)) throw e;
      return e.errno;
    }
  },
  fd_pwrite__deps: ['$REFVAL_FILES'],
  fd_pwrite: function(fd, iov, iovcnt, low, high, pnum) {
    return ERRNO_CODES['ENOSYS'];
  }
});
