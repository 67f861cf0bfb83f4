module.exports = { apps: [{ name: 'api', script: './app.js', cwd: __dirname, env: { TOKEN: 'hidden-misnamed' } }] };
