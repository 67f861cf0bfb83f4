// Evaluates an ecosystem file as PM2 does, by require, and writes to fd 3 the
// settings that rr reads, between two nonces. Nothing else of the file is
// written, nor any text of its errors that may quote it.
(require => {
  'use strict';
  const fs = require('fs');
  const { types } = require('util');
  const { dirname, join, resolve } = require('path');
  const { fileURLToPath, pathToFileURL } = require('url');
  const { builtinModules } = require('module');
  const [file, nonce, settings, sections] = process.argv.splice(1);
  const settingNames = JSON.parse(settings);
  const sectionNames = JSON.parse(sections);
  const { stringify } = JSON;
  const { exit } = process;
  const isOwn = Object.prototype.propertyIsEnumerable;
  const { writeSync, existsSync, realpathSync } = fs;

  // A script given by -e has globals that a file does not have.
  for (const name of [...builtinModules, 'require', 'module', 'exports', '__dirname', '__filename']) {
    if (!['console', 'crypto', 'process'].includes(name)) delete globalThis[name];
  }

  function send(answer) {
    const bytes = Buffer.from(nonce + stringify(answer) + nonce);
    for (let sent = 0; sent < bytes.length;) {
      sent += writeSync(3, bytes, sent);
    }
    exit(0);
  }

  const setting = v => {
    if (Array.isArray(v)) return [];
    if (v !== null && typeof v === 'object') return {};
    return ['string', 'number', 'boolean'].includes(typeof v) || v === null ? v : undefined;
  };

  function app(v) {
    if (v === null || typeof v !== 'object' || Array.isArray(v)) return setting(v);
    const kept = {};
    for (const name of settingNames) {
      // PM2 loses what an app inherits, but for names of one word.
      if (name.includes('_') && !isOwn.call(v, name)) continue;
      const s = setting(v[name]);
      if (s !== undefined) kept[name] = s;
    }
    return kept;
  }

  const apps = v => Array.isArray(v) ? v.map(app) : app(v);

  function prune(config) {
    if (config === null || typeof config !== 'object' || Array.isArray(config)) return apps(config);
    const kept = app(config);
    for (const name of sectionNames) {
      if (config[name] !== undefined) kept[name] = apps(config[name]);
    }
    return kept;
  }

  const object = v => v !== null && typeof v === 'object';
  const named = v => object(v) && (v.apps || v.pm2 || v.static || v.script || v.exec || v.cmd || v.command);

  function result(config, imported) {
    let source = imported ? 'import' : '';
    if (object(config) && !named(config) && object(config.default)) {
      config = config.default;
      source = source || 'default';
    } else if (typeof config === 'function') {
      config = {};
      source = 'function';
    }
    send({ source, config: prune(config), requires: own(Object.keys(require.cache)).filter(p => !p.includes('/node_modules/')) });
  }

  // own leaves the file itself out, which require knows by its real path.
  function own(files) {
    const self = realpathSync(file);
    return [...new Set(files)].filter(p => p !== file && p !== self);
  }

  // place is where an error came up, in the file or in what it required.
  function place(stack) {
    const path = p => p.startsWith('file://') ? fileURLToPath(p) : p;
    const syntax = /^((?:file:\/\/)?\/.*):(\d+)\n.*\n([ \t]*)\^/.exec(stack);
    if (syntax && existsSync(path(syntax[1]))) {
      return { file: path(syntax[1]), line: +syntax[2], col: syntax[3].length + 1 };
    }
    const head = /^((?:file:\/\/)?\/.*):(\d+)(?:\n|$)/.exec(stack);
    if (head && existsSync(path(head[1]))) {
      return { file: path(head[1]), line: +head[2] };
    }
    const frames = [];
    for (const line of stack.split('\n')) {
      const at = /^ {4}at (?:.*\()?((?:file:\/\/)?\/.*):(\d+):(\d+)\)?$/.exec(line);
      if (at && existsSync(path(at[1]))) frames.push({ file: path(at[1]), line: +at[2], col: +at[3] });
    }
    return frames.find(f => !f.file.includes('/node_modules/')) || frames[0] || {};
  }

  // What may be said of an error without quoting the file.
  const harmless = [
    /^Unexpected (?:end of input|identifier|string|number|template string|reserved word|strict mode reserved word|eval or arguments in strict mode)/,
    /^Unexpected token '(?:[^\w\s']{1,4}|export|import)'/,
    /^(?:missing \) after argument list|Invalid or unexpected token|Invalid left-hand side in assignment|Missing initializer in const declaration|Unterminated template literal)/,
    /^Cannot use import statement outside a module/,
    /^(?:require|module|exports|__dirname|__filename) is not defined/,
  ];

  // blamed are the files whose change may mend the error: what was loaded,
  // where it came up, and what was missing.
  function blamed(problem, err) {
    const files = [...Object.keys(require.cache), problem.file];
    if (problem.module) {
      const from = dirname(((err.requireStack || [])[0]) || file);
      for (const end of ['', '.js', '.cjs', '.json']) files.push(resolve(from, problem.module + end));
      files.push(join(from, 'node_modules', problem.module, 'package.json'));
    }
    return own(files);
  }

  function fail(err) {
    const problem = { kind: 'a thrown value' };
    try {
      if (types.isNativeError(err)) {
        const known = [SyntaxError, ReferenceError, TypeError, RangeError].find(k => err instanceof k);
        const message = String(err.message);
        problem.kind = known ? known.name : 'Error';
        for (const pattern of harmless) problem.text = problem.text || (pattern.exec(message) || [])[0];
        if (['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(err.code)) problem.module = (/^Cannot find (?:module|package) '([^'\n]+)'/.exec(message) || [])[1];
        Object.assign(problem, place(String(err.stack)));
      }
    } catch {}
    if (!problem.file) problem.file = file;
    send({ error: problem, requires: blamed(problem, err) });
  }

  let config;
  try {
    config = require(file);
  } catch (err) {
    let code;
    try { code = err.code; } catch {}
    if (code === 'ERR_REQUIRE_ESM' || code === 'ERR_REQUIRE_ASYNC_MODULE') {
      import(pathToFileURL(file)).then(m => result(m, true)).catch(fail);
    } else {
      fail(err);
    }
    return;
  }
  try {
    result(config, false);
  } catch (err) {
    fail(err);
  }
})(require);
