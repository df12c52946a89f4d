// The secrets. App settings only refer to them, so that nobody who can read the settings can read the secrets.

@minLength(3)
@maxLength(24)
param name string
param location string
param tags object

@description('Whether a deleted vault and its secrets cannot be purged for 90 days.')
param keepDeleted bool

@secure()
param mongodbUri string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    softDeleteRetentionInDays: keepDeleted ? 90 : 7
    // The service takes true or nothing: protection cannot be taken back.
    enablePurgeProtection: keepDeleted ? true : null
  }
}

resource mongodbUriSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'mongodb-uri'
  properties: { value: mongodbUri }
}

output name string = vault.name

@description('Where its secrets are, with a slash at the end. Those that a person keeps (docs/paying-credentials.md) are in no template.')
output uri string = vault.properties.vaultUri

@description('The address of the secret without a version: a new value is picked up without a deployment.')
output mongodbUriAddress string = mongodbUriSecret.properties.secretUri
