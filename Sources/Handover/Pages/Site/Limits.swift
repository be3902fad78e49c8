import Mustache

/// The figures that templates print, from where the code keeps to them: no template has one of its own.
let limits: Value = [
  "download": .text(duration(Export.lifetime)),
  "tries": .integer(Tries.most),
  "ask": .text(duration(OwnerRequest.pause)),
  "message": .integer(OwnerRequest.messageLimit),
  "invitation": .text(duration(PasswordLink.Purpose.invitation.lifetime)),
  "reset": .text(duration(PasswordLink.Purpose.reset.lifetime)),
  "password": .integer(Password.shortest),
]
