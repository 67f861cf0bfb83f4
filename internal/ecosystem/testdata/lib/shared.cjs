exports.app = name => ({ name, script: 'app.js', env: { TOKEN: 'hidden-shared' } });
