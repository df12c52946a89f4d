// The connections of the screens. Clients only listen: the server sends, so that the hub needs no event handler.

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
  properties: {
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
  }
}

resource hub 'Microsoft.SignalRService/webPubSub/hubs@2024-03-01' = {
  parent: webPubSub
  name: 'orders'
  properties: {
    anonymousConnectPolicy: 'deny'
  }
}

output name string = webPubSub.name
output endpoint string = 'https://${webPubSub.properties.hostName}'
output hubName string = hub.name
