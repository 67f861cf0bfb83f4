exports.name = 'api';
