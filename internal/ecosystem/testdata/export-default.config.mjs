export default { apps: [{ name: 'api', script: 'app.js', env: { TOKEN: 'hidden-esm' } }] };
