// The connections of the screens. Clients only listen: the server sends. The hub is in liveHub.bicep.

@minLength(3)
@maxLength(63)
param name string
param location string
param tags object

@allowed(['Free_F1', 'Standard_S1'])
param skuName string
param units int

resource webPubSub 'Microsoft.SignalRService/webPubSub@2024-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'WebPubSub'
  sku: { name: skuName, capacity: units }
  // Its own identity signs what it tells the app.
  identity: { type: 'SystemAssigned' }
  properties: {
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
  }
}

output name string = webPubSub.name
output endpoint string = 'https://${webPubSub.properties.hostName}'
output principalId string = webPubSub.identity.principalId
