// A small deployment for trying things out. The secret comes from the environment of whoever deploys.
using 'main.bicep'

param environmentName = 'dev'
param mongodbUri = readEnvironmentVariable('MONGODB_URI')
param corsOrigins = [
  'http://localhost:5173'
  'http://localhost:7080'
]
param webPubSubSku = 'Free_F1'
param pagesSku = 'Free'
